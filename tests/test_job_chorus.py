from sysid.job_chorus import KEPT, Chorus


def test_what_several_say_is_told_once_and_what_one_says_again_is_told_again():
    told = []
    chorus = Chorus()
    for speaker, line in [(1, "a"), (2, "a"), (3, "b"), (2, "a"), (1, "a"), (3, "a"), (1, "b")]:
        chorus.say(speaker, line, told.append)
    assert told == ["a", "b", "a"]


def test_it_keeps_the_last_words_of_everybody_told_or_not():
    chorus = Chorus()
    for number in range(KEPT + 2):
        chorus.say("first", str(number), lambda _line: None)
    chorus.say("second", "0", lambda _line: None)
    assert chorus.last_words("first").splitlines() == [str(number) for number in range(2, KEPT + 2)]
    assert chorus.last_words("second") == "0"
    assert chorus.last_words("third") == ""
