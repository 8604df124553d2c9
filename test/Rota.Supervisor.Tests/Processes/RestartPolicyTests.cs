using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Xunit;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>The decisions about restarts, as tables.</summary>
public sealed class RestartPolicyTests
{
    private const double NoJitter = 0.5;

    [Theory]
    [InlineData(AutoRestart.Never, false, false)]
    [InlineData(AutoRestart.Unexpected, true, false)]
    [InlineData(AutoRestart.Unexpected, false, true)]
    [InlineData(AutoRestart.Always, true, true)]
    internal void An_exit_is_followed_by_a_start_as_autorestart_says(AutoRestart policy, bool isExpected, bool again) =>
        Assert.Equal(again, RestartPolicy.Wants(policy, isExpected));

    [Theory]
    [InlineData(1, 1.0)]
    [InlineData(2, 2.0)]
    [InlineData(3, 3.0)]
    [InlineData(4, null)]
    public void Failed_starts_are_tried_again_as_supervisord_does(int failures, double? seconds)
    {
        var config = new ProcessConfig { Name = "x", Command = "x", StartRetries = 3 };
        Assert.Equal(seconds, RestartPolicy.AfterFailure(config, failures, NoJitter)?.TotalSeconds);
    }

    [Theory]
    [InlineData(0, 2.0)]
    [InlineData(1, 6.0)]
    [InlineData(2, 18.0)]
    [InlineData(3, 50.0)]
    [InlineData(5_000, 50.0)]
    public void Waits_grow_by_the_factor_up_to_the_longest(int before, double seconds) =>
        Assert.Equal(seconds, RestartPolicy.Delay(new(2, 3, 50, 0, 0), before, NoJitter).TotalSeconds, 6);

    [Fact]
    public void With_a_delay_of_its_own_a_start_is_tried_again_at_that_pace()
    {
        var config = new ProcessConfig
        {
            Name = "x",
            Command = "x",
            Life = new() { Restart = RestartConfig.None with { DelaySeconds = 10, Backoff = 2 } },
        };
        Assert.Equal([10, 20, 40], Enumerable.Range(1, 3)
            .Select(failures => RestartPolicy.AfterFailure(config, failures, NoJitter)!.Value.TotalSeconds));
        Assert.Null(RestartPolicy.AfterFailure(config, 4, NoJitter));
    }

    [Theory]
    [InlineData(0.0, 9.0)]
    [InlineData(1.0, 11.0)]
    public void Jitter_is_a_tenth_to_either_side(double chance, double seconds) =>
        Assert.Equal(seconds, RestartPolicy.Delay(new(10, 1, 300, 0, 0), 0, chance).TotalSeconds, 6);

    [Theory]
    [InlineData(2, "1", false)]
    [InlineData(2, "1 59", true)]
    [InlineData(2, "1 60", false)]
    [InlineData(0, "1 2 3 4", false)]
    public void A_limit_counts_the_restarts_of_its_time(int limit, string ages, bool isTooOften) => Assert.Equal(
        isTooOften, RestartPolicy.IsTooOften(new(0, 1, 300, limit, 60),
            ages.Split(' ').Select(age => TimeSpan.FromSeconds(int.Parse(age)))));
}
