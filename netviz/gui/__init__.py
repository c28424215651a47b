"""The window: the only floor that knows Qt. Widgets are told values and hold no truth of their own."""
