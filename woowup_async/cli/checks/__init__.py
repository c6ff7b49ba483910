"""What `woowup doctor` checks, one module for each place: the network, the machine."""
