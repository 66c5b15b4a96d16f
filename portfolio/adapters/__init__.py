"""Devices: keys on disk, paper, spreadsheets. Each answers a protocol of ports and knows nothing of the rest."""
