using Xunit;

namespace Rota.Tests.Jobs;

/// <summary>How long each rule waits, in seconds.</summary>
public sealed class BackoffTests
{
    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    public static TheoryData<string, Backoff, int, double> Waits => new()
    {
        { "fixed", Backoff.Fixed(Seconds(7)), 1, 7 },
        { "fixed", Backoff.Fixed(Seconds(7)), 1_000, 7 },
        { "nothing", Backoff.Fixed(TimeSpan.Zero), 1, 0 },
        // densefog: run_at = now + try_period * trys, with try_period 600 (seeds 3.4)
        { "densefog", Backoff.Linear(Seconds(600)), 1, 600 },
        { "densefog", Backoff.Linear(Seconds(600)), 2, 1_200 },
        { "densefog, period 0", Backoff.Linear(TimeSpan.Zero), 5, 0 },
        { "exponential", Backoff.Exponential(Seconds(10), jitter: false), 1, 10 },
        { "exponential", Backoff.Exponential(Seconds(10), jitter: false), 2, 20 },
        { "exponential", Backoff.Exponential(Seconds(10), jitter: false), 4, 80 },
        { "exponential, at its end", Backoff.Exponential(Seconds(10), jitter: false), 10, 3_600 },
        { "exponential, far behind it", Backoff.Exponential(Seconds(10), jitter: false), 1_000, 3_600 },
        { "exponential, own end", Backoff.Exponential(Seconds(1), Seconds(5), jitter: false), 4, 5 },
        { "list", Backoff.List(Seconds(1), Seconds(5), Seconds(30)), 1, 1 },
        { "list", Backoff.List(Seconds(1), Seconds(5), Seconds(30)), 3, 30 },
        { "list, behind its end", Backoff.List(Seconds(1), Seconds(5), Seconds(30)), 9, 30 },
        { "linear, at most 30 days", Backoff.Linear(TimeSpan.FromDays(20)), 2, 30 * 86_400 },
    };

    [Theory, MemberData(nameof(Waits))]
    public void The_wait_follows_the_rule(string rule, Backoff backoff, int attempt, double seconds) =>
        Assert.True(backoff.After(attempt, random: 0.5) == Seconds(seconds), rule);

    [Theory]
    [InlineData(0, 5)]
    [InlineData(0.5, 7.5)]
    [InlineData(0.75, 8.75)]
    public void Jitter_waits_between_half_of_the_delay_and_all_of_it(double random, double seconds) =>
        Assert.Equal(Seconds(seconds), Backoff.Exponential(Seconds(10)).After(1, random));

    [Fact]
    public void Attempts_count_from_one() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Backoff.Default.After(0, random: 0));
}
