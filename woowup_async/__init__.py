"""Asyncio bulk ingestion for the WoowUp API."""

__version__ = "0.1.0"
