from rubrics.models.rubric import Anchor, Criterion, Rubric, RubricVersion

__all__ = ["Anchor", "Criterion", "Rubric", "RubricVersion"]
