"""One file a DLL or interface of Windows: the only ctypes, its structures' layouts, the one reader of the registry."""
