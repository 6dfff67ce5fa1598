"""Programs of Windows that are run and read, within bounds: netsh and PowerShell with its fixed scripts."""
