"""The school's own rules: formats of practice, rubric, gates, skills. Pure: standard library only."""
