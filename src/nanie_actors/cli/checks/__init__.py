"""The single checks of `nanie doctor`: each looks at one thing, changes nothing, and says what to do."""
