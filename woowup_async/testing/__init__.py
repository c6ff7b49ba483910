"""What tests need, ours and yours."""
