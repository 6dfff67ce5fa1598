"""What the builds of packages share, whatever the platform: pinned wheels, their licences, the bill of materials."""
