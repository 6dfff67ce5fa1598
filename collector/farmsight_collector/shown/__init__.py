"""What people are shown of a farm, as plain values: the same for the report and for the pages."""
