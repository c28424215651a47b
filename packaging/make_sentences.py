"""Write resources/data/sentences.npz: short opinions in English and Chinese, filled into patterns written for netviz.

    python packaging/make_sentences.py        (needs NumPy; run once, not at build or run time)

A pattern is a sentence with places for a noun {n} (of Chinese with its measure word {c}), a judging word {a} and a verb
{v}; `NOT` patterns turn the judgement round. Patterns of the validation part are none of those of the training part, so
whoever does well there has learnt words and not sentences. In the file: text, label (0 negative, 1 positive), language
(0 English, 1 Chinese), pattern, held (whether it is for validation); training first. The bytes are the same every time.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from make_data import write

EACH = 46  # sentences of a pattern


def listed(words: str) -> list[str]:
    """Words written with spaces between them."""
    return words.split()


ENGLISH: dict[str, Any] = {
    "nouns": listed("film book meal hotel phone song game concert service room story show coffee trip lesson"),
    "good": listed("good great wonderful delightful lovely brilliant charming superb pleasant perfect fine splendid excellent "
    "fantastic beautiful impressive enjoyable reliable amazing touching"),
    "bad": listed("bad terrible awful boring dreadful poor disappointing horrible dull weak ugly annoying broken tedious "
    "unpleasant useless shabby painful clumsy lifeless"),
    "likes": listed("love like enjoy adore recommend admire"),
    "dislikes": listed("hate dislike regret avoid despise detest"),
    "training": (
        "the {n} was {a}", "what a {a} {n}", "i found the {n} {a}", "a truly {a} {n}", "this {n} is really {a}",
        "my friends called the {n} {a}", "the {n} turned out {a}", "simply {a}, this {n}", "we had a {a} {n}",
        "honestly, the {n} felt {a}", "the {n} looks {a} to me", "it was a {a} {n} after all",
        "everyone said the {n} is {a}", "i {v} this {n}", "you will {v} the {n} very much", "we always {v} such a {n}",
        "NOT the {n} was not {a}", "NOT i do not think the {n} is {a}", "NOT this {n} is not {a} at all",
        "NOT the {n} was never {a}", "NOT that is not a {a} {n}", "NOT we do not find it {a}", "NOT i do not {v} the {n}",
    ),
    "validation": (
        "in the end the {n} seemed {a}", "i must say, a {a} {n}", "the {n} we had is {a}", "so {a} was the {n}",
        "my friends {v} the {n}", "for me it was a {a} {n}", "NOT the {n} is not really {a}",
        "NOT i would not call the {n} {a}",
    ),
}  # fmt: skip

CHINESE: dict[str, Any] = {
    "nouns": listed("部电影 本书 顿饭菜 家酒店 部手机 首歌 款游戏 场演出 项服务 间房间 个故事 杯咖啡 次旅行 节课 档节目"),
    "good": listed("好 棒 出色 精彩 完美 优秀 美好 舒心 动人 迷人 可爱 可靠 令人满意 令人惊喜"),
    "bad": listed("差 糟糕 无聊 难看 失败 可怕 平庸 粗糙 乏味 讨厌 烦人 破旧 令人失望 令人生气"),
    "likes": listed("喜欢 推荐 欣赏 热爱 赞美 怀念"),
    "dislikes": listed("厌恶 嫌弃 反感 后悔 抱怨 痛恨"),
    "training": (
        "这{c}{n}真{a}。", "我觉得这{c}{n}很{a}。", "{n}非常{a}。", "这是一{c}{a}的{n}。", "朋友都说这{c}{n}{a}。",
        "整体来说{n}很{a}。", "那{c}{n}实在太{a}了！", "没想到{n}这么{a}。", "昨天的{n}特别{a}。", "大家认为{n}{a}极了。",
        "我{v}这{c}{n}。", "很多人{v}那{c}{n}。", "NOT 这{c}{n}不{a}。", "NOT 我不觉得{n}{a}。", "NOT {n}一点也不{a}。",
        "NOT 这{c}{n}并不{a}。", "NOT 大家不认为{n}很{a}。", "NOT 我不{v}那{c}{n}。",
    ),
    "validation": (
        "说实话{n}相当{a}。", "一{c}{a}的{n}，我这样看。", "对我来说{n}很{a}。", "这{c}{n}给人的感觉是{a}。",
        "我们都{v}那{c}{n}。", "真是{a}的{n}！", "NOT {n}其实不{a}。", "NOT 我不认为这{c}{n}{a}。",
    ),
}  # fmt: skip


def main() -> None:
    """Write the file."""
    rows = [row for held in (False, True) for row in mixed(held)]
    text, label, language, pattern = zip(*rows, strict=True)
    held = np.array([place in _held_patterns() for place in pattern])
    assert len(set(text)) == len(text) and not set(np.array(pattern)[held]) & set(np.array(pattern)[~held])
    numbers = {"label": np.array(label, np.int8), "language": np.array(language, np.int8)}
    write("sentences", {"text": np.array(text), **numbers, "pattern": np.array(pattern, np.int16), "held": held})


def mixed(held: bool) -> list[tuple[str, int, int, int]]:
    """All sentences of one part, in an order drawn once and for all: (text, label, language, number of the pattern)."""
    made = list(sentences(held))
    random.Random(7).shuffle(made)
    return made


def sentences(held: bool) -> Iterator[tuple[str, int, int, int]]:
    """Each pattern of one part, filled in EACH ways, as many of them positive as negative."""
    number = -1
    for language, words in enumerate((ENGLISH, CHINESE)):
        for part in ("training", "validation"):
            for pattern in words[part]:
                number += 1
                if (part == "validation") is held:
                    for place, text in enumerate(filled(pattern, words, random.Random(number))):
                        yield text, place % 2, language, number


def filled(pattern: str, words: dict[str, Any], draw: random.Random) -> Iterator[str]:
    """EACH different sentences, negative and positive by turns."""
    turned, bare = pattern.startswith("NOT "), pattern.removeprefix("NOT ")
    seen: set[str] = set()
    for place in range(EACH):
        text, positive = "", bool(place % 2) is not turned
        while not text or text in seen:
            noun = draw.choice(words["nouns"])
            measure, noun = (noun[0], noun[1:]) if words is CHINESE else ("", noun)
            judging = draw.choice(words["good" if positive else "bad"])
            verb = draw.choice(words["likes" if positive else "dislikes"])
            text = re.sub(r"\ba (?=[aeiou])", "an ", bare.format(n=noun, c=measure, a=judging, v=verb))
            if "{n}" not in bare and len(seen) >= 2 * min(len(words["good"]), len(words["bad"])):
                return
        seen.add(text)
        yield text


def _held_patterns() -> set[int]:
    first = len(ENGLISH["training"])
    second = first + len(ENGLISH["validation"]) + len(CHINESE["training"])
    return {*range(first, first + len(ENGLISH["validation"])), *range(second, second + len(CHINESE["validation"]))}


if __name__ == "__main__":
    main()
