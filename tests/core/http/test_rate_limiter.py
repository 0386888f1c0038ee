"""When an attempt may start."""

import threading
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail.errors import ConfigError
from duetrail.http import RateLimiter, Stopped
from duetrail.http.backoff import Backoff


def starts(limiter, clock, count):
    """The times at which so many attempts start, one asking after the other."""
    times = []
    for _ in range(count):
        limiter.acquire()
        times.append(clock.now)
    return times


def most_in(times, seconds):
    """The most starts in any window of so many seconds."""
    return max(sum(begin <= t < begin + seconds for t in times) for begin in times)


def test_no_limit(clock):
    """Without a limit nobody waits."""
    limiter = RateLimiter(clock=clock, wait=clock.wait)
    assert set(starts(limiter, clock, 1000)) == {clock.now}


@pytest.mark.parametrize("rate", [1, 2.5, 7, 50])
def test_no_second_holds_more_than_the_rate(clock, rate):
    """No window of one second holds more starts than the rate."""
    times = starts(RateLimiter(rate, clock=clock, wait=clock.wait), clock, 120)
    assert most_in(times, 1.0) <= rate


def test_rate_is_used(clock):
    """The rate is not undercut by more than the margin."""
    times = starts(RateLimiter(10, clock=clock, wait=clock.wait), clock, 101)
    assert times[-1] - times[0] < 11


def test_rate_below_one(clock):
    """A rate below 1 is a request every so many seconds."""
    times = starts(RateLimiter(0.25, clock=clock, wait=clock.wait), clock, 4)
    assert min(b - a for a, b in pairwise(times)) >= 4


@given(st.lists(st.floats(0, 3), max_size=40), st.floats(0.3, 20))
def test_rate_whenever_asked(gaps, rate):
    """However irregularly workers ask, no second holds more starts than the rate."""
    now = [1000.0]

    def pass_time(seconds):
        now[0] += seconds

    limiter = RateLimiter(rate, clock=lambda: now[0], wait=pass_time)
    times = []
    for gap in gaps:
        pass_time(gap)
        limiter.acquire()
        times.append(now[0])
    assert not times or most_in(times, 1.0) <= max(rate, 1)


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_rate_of_nothing(rate):
    """A rate that would never let anybody start is refused."""
    with pytest.raises(ConfigError, match="must be above 0"):
        RateLimiter(rate)


def test_a_pause_holds_everybody(limiter, clock):
    """A pause holds everybody until its end."""
    limiter.pause(30)
    begin = clock.now
    limiter.acquire()
    assert clock.now - begin == 30


@pytest.mark.parametrize("pauses", [(30, 5), (5, 30)])
def test_latest_end_counts(limiter, clock, pauses):
    """Of several pauses the one that ends last counts."""
    begin = clock.now
    for seconds in pauses:
        limiter.pause(seconds)
    limiter.acquire()
    assert clock.now - begin == 30


def test_pause_longer_meanwhile(clock):
    """Who already waits, waits out a pause that was made longer meanwhile."""
    begin = clock.now

    def wait(seconds):
        if not clock.waits:
            limiter.pause(50)
        clock.wait(seconds)

    limiter = RateLimiter(clock=clock, wait=wait)
    limiter.pause(10)
    limiter.acquire()
    assert clock.now - begin == 50


def test_pause_is_shared_by_threads():
    """A pause one worker ran into holds all the others, and they go on after it."""
    now = [0.0]
    waiting = threading.Semaphore(0)
    over = threading.Event()

    def wait(seconds):
        waiting.release()
        over.wait(10)

    limiter = RateLimiter(clock=lambda: now[0], wait=wait)
    limiter.pause(60)
    started = []
    workers = [
        threading.Thread(target=lambda: (limiter.acquire(), started.append(now[0])))
        for _ in range(8)
    ]
    for worker in workers:
        worker.start()
    assert waiting.acquire(timeout=10)  # one waits for its slot, and the others for it
    assert started == []
    now[0] = 1e6
    over.set()
    # From here on time flies, so that their starts one after the other take none.
    while any(worker.is_alive() for worker in workers):
        now[0] += 1
        workers[0].join(0.001)
    assert len(started) == 8
    assert min(started) >= 1e6


def test_one_after_the_other(limiter, clock):
    """After a refusal starts keep the distance the vendor bore, and a little more at first."""
    starts(limiter, clock, 20)
    limiter.pause(10)
    gaps = [b - a for a, b in pairwise(starts(limiter, clock, 100))]
    assert gaps[0] == pytest.approx(1.25 / 20, rel=0.05)
    assert all(b < a for a, b in pairwise(gaps))


def test_full_speed_again(limiter, clock):
    """Some minutes after a refusal all is as before."""
    starts(limiter, clock, 20)
    limiter.pause(10)
    clock.now += 300
    assert set(starts(limiter, clock, 100)) == {clock.now}


def test_refused_again_soon(limiter, clock):
    """A refusal right after a pause widens the distance, once for all refusals of a burst."""
    distances = []
    starts(limiter, clock, 20)
    for _ in range(4):
        for _ in range(16):
            limiter.pause(0.01)
        first, second = starts(limiter, clock, 2)
        distances.append(second - first)
    assert distances == sorted(distances)
    assert distances[-1] > distances[0]


def test_one_refusal_is_soon_over(limiter, clock):
    """One refusal, which may be somebody else's doing, slows nobody down for long."""
    starts(limiter, clock, 2)
    limiter.pause(1)
    times = starts(limiter, clock, 100)
    assert times[-1] - times[0] < 10


@pytest.mark.parametrize("limit", [3, 10, 40])
def test_a_limit_nobody_announced(clock, limit):
    """A vendor whose limit nobody knows refuses ever more rarely, and its limit is used."""
    limiter = RateLimiter(clock=clock, wait=clock.wait)
    begin, good, refused = clock.now, [], []
    while clock.now < begin + 1200:
        limiter.acquire()
        clock.now += 0.001  # the way there
        if sum(t > clock.now - 1 for t in good[-limit:]) >= limit:
            refused.append(clock.now - begin)
            limiter.pause(1)
        else:
            good.append(clock.now)
    first, last = (sum(t // 600 == half for t in refused) for half in (0, 1))
    assert last <= first < 60
    assert len(good) > 0.5 * limit * 1200


def test_never_too_far_apart(limiter, clock):
    """However often it is refused, a worker starts every two seconds."""
    for _ in range(50):
        limiter.pause(0.1)
        clock.now += 0.2
    first, second = starts(limiter, clock, 2)
    assert second - first <= 2


def test_waits_of_any_length(clock):
    """However slow the rate, no wait is longer than a system can bear."""
    limiter = RateLimiter(1e-6, clock=clock, wait=clock.wait)
    first, second = starts(limiter, clock, 2)
    assert second - first >= 1e6
    assert max(clock.waits) <= 3600


def test_a_stricter_limit(clock):
    """A limit that is set later holds if it is stricter."""
    limiter = RateLimiter(10, clock=clock, wait=clock.wait)
    for rate, most in ((50, 10), (2, 2), (5, 2)):
        limiter.limit(rate)
        assert most_in(starts(limiter, clock, 60), 1.0) <= most


def test_rest_holds_nobody_else(limiter, clock):
    """One worker's rest is no pause."""
    limiter.sleep(20)
    before = clock.now
    limiter.acquire()
    assert clock.now == before


def test_stop_ends_waiting():
    """Who waits when the run is stopped, hears so at once."""
    limiter = RateLimiter()
    limiter.pause(300)
    heard = []

    def work(wait):
        try:
            wait()
        except Stopped as stopped:
            heard.append(str(stopped))

    workers = [
        threading.Thread(target=work, args=(wait,))
        for wait in (limiter.acquire, lambda: limiter.sleep(3600))
    ]
    for worker in workers:
        worker.start()
    limiter.stop()
    for worker in workers:
        worker.join(10)
    assert heard == ["the run was stopped"] * 2


def test_nothing_starts_after_stop(limiter):
    """After a stop nothing starts, even where nobody would wait."""
    limiter.stop()
    with pytest.raises(Stopped):
        limiter.acquire()
    with pytest.raises(Stopped):
        limiter.sleep(0)


def simulated(clock, is_refused, seconds):
    """The times of good and of refused requests of one worker, 20 ms each."""
    dice = Random(7)
    backoff = Backoff(0.5, 60.0, factor=5.0, share=lambda: dice.uniform(0.8, 1.0))
    limiter = RateLimiter(clock=clock, wait=clock.wait, backoff=backoff)
    begin, good, refused, attempt = clock.now, [], [], 1
    while clock.now < begin + seconds:
        started = limiter.acquire()
        clock.now += 0.02
        if is_refused(good):
            refused.append(clock.now)
            limiter.back_off(started=started, attempt=attempt)
            attempt += 1
        else:
            good.append(clock.now)
            limiter.succeeded(started)
            attempt = 1
    return good, refused


def test_refusals_at_random(clock):
    """A vendor that refuses one request in eleven, at any rate, is not asked slowly.

    Twenty minutes each: six a second on average, and three in the worst of ten.
    """
    rates = []
    for seed in range(10):
        dice = Random(seed)
        good, _ = simulated(clock, lambda _, dice=dice: dice.random() < 0.09, 1200)
        rates.append(len(good) / 1200)
    assert sum(rates) / len(rates) > 6
    assert min(rates) > 3


@pytest.mark.parametrize(("limit", "seconds"), [(3, 1), (10, 1), (10, 60), (60, 60), (120, 60)])
def test_a_limit_is_not_taken_for_chance(clock, limit, seconds):
    """Refusals for a limit that nobody announces, whatever its window, stay few."""

    def is_refused(good):
        return len(good) >= limit and good[-limit] > clock.now - seconds

    good, refused = simulated(clock, is_refused, 1200)
    assert len(refused) < 5 * 20  # a minute
    assert len(good) > 0.6 * limit / seconds * 1200


def test_a_burst_counts_once(limiter, clock):
    """Refusals of requests that were sent before a pause are of the burst that caused it."""
    times = starts(limiter, clock, 16)
    assert limiter.back_off(started=times[0]) == 0.5
    clock.now += 1
    assert limiter.back_off(started=times[1]) == 0.5
    clock.now += 1
    assert limiter.back_off(started=limiter.acquire()) == 2.5


def test_a_success_ends_the_growth(limiter, clock):
    """After a success the next refusal is a first one again."""
    limiter.back_off(started=limiter.acquire())
    limiter.succeeded(limiter.acquire())
    assert limiter.back_off(started=limiter.acquire()) == 0.5


def test_always_late(clock):
    """On a machine so slow that every start comes late, requests are sent all the same."""

    def oversleep(seconds):
        clock.wait(seconds + 0.5)

    limiter = RateLimiter(5, clock=clock, wait=oversleep)
    times = starts(limiter, clock, 20)
    assert most_in(times, 1.0) <= 5


def test_late_once(clock):
    """After a stall, starts that were due do not come all at once."""
    limiter = RateLimiter(50, clock=clock, wait=clock.wait)
    starts(limiter, clock, 50)
    clock.now += 0.5
    assert most_in(starts(limiter, clock, 200), 1.0) <= 50
