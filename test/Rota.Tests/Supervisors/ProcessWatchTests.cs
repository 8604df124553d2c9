using Rota.Supervisor.Client;
using Rota.Supervisor.Processes;
using Rota.Web.Supervisors;
using Xunit;

namespace Rota.Tests.Supervisors;

public sealed class ProcessWatchTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly ProcessWatch _watch = new();

    /// <param name="at">Seconds, as <paramref name="started"/>.</param>
    private string? See(int at, ProcessState state, int started, int? spawns = null) =>
        _watch.See([Process(state, started, spawns)], Begin.AddSeconds(at)).SingleOrDefault()?.Type.ToString();

    private static ProcessInfo Process(ProcessState state, int started, int? spawns) => new()
    {
        Name = new ProcessName("web", "web"),
        State = state,
        Pid = state == ProcessState.Running ? 100 + started : null,
        StartedAt = Begin.AddSeconds(started),
        StoppedAt = null,
        ExitStatus = null,
        Error = state == ProcessState.Fatal ? "Exited too quickly" : "",
        Description = "",
        StdoutLog = "",
        StderrLog = "",
        Spawns = spawns,
    };

    private (int Restarts, bool IsFlapping) Seen => _watch.Of(new ProcessName("web", "web"));

    [Fact]
    public void Three_restarts_within_a_minute_are_flapping_and_a_quiet_minute_ends_it()
    {
        Assert.Null(See(0, ProcessState.Running, started: 0));
        Assert.Null(See(20, ProcessState.Running, started: 18));
        Assert.Null(See(40, ProcessState.Exited, started: 18));
        Assert.Null(See(42, ProcessState.Starting, started: 41));
        Assert.Equal("ProcessFlapping", See(60, ProcessState.Running, started: 59));
        Assert.Equal((3, true), Seen);

        Assert.Null(See(119, ProcessState.Running, started: 59));
        Assert.Equal("ProcessRecovered", See(121, ProcessState.Running, started: 59));
        Assert.Equal((3, false), Seen);
    }

    [Fact]
    public void Three_restarts_over_more_than_a_minute_are_none()
    {
        foreach (var time in (int[])[0, 31, 62, 93, 124])
            Assert.Null(See(time, ProcessState.Running, started: time));

        Assert.Equal((4, false), Seen);
    }

    [Fact]
    public void Who_is_stopped_and_started_by_hand_does_not_flap()
    {
        foreach (var time in (int[])[0, 10, 20, 30, 40])
        {
            Assert.Null(See(time, ProcessState.Running, started: time));
            Assert.Null(See(time + 5, ProcessState.Stopped, started: time));
        }

        Assert.Equal((0, false), Seen);
    }

    [Fact]
    public void A_process_that_never_gets_up_is_fatal_once_and_recovers_when_it_runs()
    {
        Assert.Null(See(0, ProcessState.Starting, started: 0));
        Assert.Null(See(2, ProcessState.Backoff, started: 1));
        Assert.Null(See(4, ProcessState.Starting, started: 3));
        Assert.Equal("ProcessFatal", See(6, ProcessState.Fatal, started: 5));
        Assert.Null(See(8, ProcessState.Fatal, started: 5));

        Assert.Null(See(10, ProcessState.Starting, started: 9));
        Assert.Equal("ProcessRecovered", See(12, ProcessState.Running, started: 9));
        Assert.False(Seen.IsFlapping);
    }

    [Fact]
    public void What_was_so_at_the_first_look_is_marked()
    {
        var first = Assert.Single(_watch.See([Process(ProcessState.Fatal, 0, spawns: null)], Begin));

        Assert.Equal((EventType.ProcessFatal, "Exited too quickly", true),
            (first.Type, first.Text, first.IsFirstSight));
    }

    [Fact]
    public void Our_daemon_tells_also_of_restarts_between_two_looks()
    {
        Assert.Null(See(0, ProcessState.Running, started: 0, spawns: 4));
        Assert.Equal(3, Seen.Restarts);

        Assert.Equal("ProcessFlapping", See(2, ProcessState.Running, started: 1, spawns: 9));
        Assert.Equal((8, true), Seen);
    }
}
