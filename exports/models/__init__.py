from exports.models.gold import GoldLabel, GoldRelease
from exports.models.judge import Judge, JudgeRun, JudgeScore

__all__ = ["GoldLabel", "GoldRelease", "Judge", "JudgeRun", "JudgeScore"]
