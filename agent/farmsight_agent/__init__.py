"""The agent: gathers facts about one server, under the accounts its services run as."""
