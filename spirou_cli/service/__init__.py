"""What the program does: one public function a use case."""
