"""Scripts: a lab with a course of timed steps, captions and questions, for lessons and demos."""
