"""What a run would do, without sending anything."""
