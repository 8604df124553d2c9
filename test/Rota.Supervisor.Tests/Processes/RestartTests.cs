using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>The pace of restarts of real processes, and their limit.</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task A_restart_waits_for_its_delay_and_the_status_says_so()
    {
        await using var running = RunningSupervisor.Start(Paced("again", "exit 1", new(60, 1, 300, 0, 0)));
        await running.Supervisor.StartAsync("again", wait: true);
        await running.StateAsync("again", ProcessState.Exited);
        var facts = await running.Supervisor.FindAsync("again");
        Assert.Matches("^starts again in [4-7][0-9] seconds$", facts.Waiting);
        Assert.Equal(1, facts.Spawns);

        await running.Supervisor.StopAsync("again", wait: true);
        Assert.Null((await running.Supervisor.FindAsync("again")).Waiting);
        var fault = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StopAsync("again", wait: true));
        Assert.Equal(FaultCode.NotRunning, fault.Code);
    }

    [Fact]
    public async Task A_start_by_command_does_not_wait_for_the_delay()
    {
        await using var running = RunningSupervisor.Start(Paced("again", "exit 1", new(60, 1, 300, 0, 0)));
        await running.Supervisor.StartAsync("again", wait: true);
        await running.StateAsync("again", ProcessState.Exited);
        await running.Supervisor.StartAsync("again", wait: true);
        await running.StateAsync("again", ProcessState.Exited);
        Assert.Equal(2, (await running.Supervisor.FindAsync("again")).Spawns);
    }

    [Fact]
    public async Task After_the_delay_it_starts()
    {
        await using var running = RunningSupervisor.Start(Paced("again", "exit 1", new(1, 1, 300, 0, 0)));
        await running.Supervisor.StartAsync("again", wait: true);
        await running.StateAsync("again", ProcessState.Exited);
        await running.StateAsync("again", ProcessState.Running);
        await running.StateAsync("again", ProcessState.Exited);
        var facts = await running.Supervisor.FindAsync("again");
        Assert.Equal(2, facts.Spawns);
    }

    [Fact]
    public async Task More_restarts_than_the_limit_are_FATAL()
    {
        await using var running = RunningSupervisor.Start(Paced("mad", "exit 1", new(0, 1, 300, 3, 60)));
        await running.Supervisor.StartAsync("mad", wait: true);
        await running.EventAsync("PROCESS_STATE_FATAL", "processname:mad groupname:mad from_state:EXITED");
        var facts = await running.Supervisor.FindAsync("mad");
        Assert.Equal((ProcessState.Fatal, 4, "restarts too often: 3 within 60 seconds"),
            (facts.State, facts.Spawns, facts.SpawnError));
        Assert.Contains("WARN gave up: mad entered FATAL state, restarts too often: 3 within 60 seconds "
            + "(restart_limit)", await running.LogAsync());

        await running.Supervisor.StartAsync("mad", wait: true);
        await running.StateAsync("mad", ProcessState.Fatal);
        Assert.Equal(8, (await running.Supervisor.FindAsync("mad")).Spawns);
    }

    [Fact]
    public async Task When_it_has_run_for_its_time_it_is_restarted()
    {
        await using var running = RunningSupervisor.Start(
            Sh("old", "exec cat") with { Life = new() { RestartEverySeconds = 1 } });
        await running.Supervisor.StartAsync("old", wait: true);
        await running.LineAsync("WARN restarting old: it has run for 1 seconds (restart_every_secs)");
        await running.StateAsync("old", ProcessState.Stopped);
        await running.StateAsync("old", ProcessState.Running);
    }

    [Fact]
    public async Task When_the_clock_fits_its_expression_it_is_restarted()
    {
        await using var running = RunningSupervisor.Start(Sh("old", "exec cat") with
        {
            Life = new() { RestartTimes = [RestartTime.Of("* * * * * *", "Europe/Berlin")] },
        });
        await running.Supervisor.StartAsync("old", wait: true);
        await running.LineAsync("WARN restarting old: it is time by * * * * * * (restart_cron)");
        await running.StateAsync("old", ProcessState.Stopped);
        await running.StateAsync("old", ProcessState.Running);
    }

    // Of the clock of Berlin, which is put forward on 29 March 2026 at 02:00 and back on 25 October at 03:00.
    [Theory]
    [InlineData("2026-01-10T02:59:59Z", "04:00", "2026-01-10T03:00:00Z")]
    [InlineData("2026-01-10T03:00:00Z", "04:00", "2026-01-11T03:00:00Z")]
    [InlineData("2026-07-10T22:30:00Z", "00:15", "2026-07-11T22:15:00Z")]
    [InlineData("2026-03-28T12:00:00Z", "02:30", "2026-03-29T01:00:00Z")]
    [InlineData("2026-10-24T12:00:00Z", "02:30", "2026-10-25T00:30:00Z")]
    [InlineData("2026-10-25T00:30:00Z", "02:30", "2026-10-26T01:30:00Z")]
    public void A_time_of_day_is_the_clocks(string after, string at, string next)
    {
        Assert.Equal(DateTimeOffset.Parse(next),
            RestartTime.Daily(at, "Europe/Berlin").Next(DateTimeOffset.Parse(after), "web", TimeZoneInfo.Utc));
        Assert.Equal(DateTimeOffset.Parse(next), RestartTime.Daily(at, null)
            .Next(DateTimeOffset.Parse(after), "web", TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")));
    }

    [Theory]
    [InlineData("0 4 * * mon-fri", "2026-01-12T03:00:00Z")]
    [InlineData("30 0 4 L * ?", "2026-01-31T03:00:30Z")]
    [InlineData("0 0 4 15W feb * 2027", "2027-02-15T03:00:00Z")]
    [InlineData("0 4 * * fri#2", "2026-02-13T03:00:00Z")]
    [InlineData("@daily", "2026-01-10T23:00:00Z")]
    [InlineData("0 4 30 2 *", null)]
    public void An_expression_is_one_of_the_schedules(string cron, string? next) => Assert.Equal(
        next is null ? null : DateTimeOffset.Parse(next),
        RestartTime.Of(cron, "Europe/Berlin").Next(DateTimeOffset.Parse("2026-01-10T12:00:00Z"), "web",
            TimeZoneInfo.Utc));

    [Fact]
    public void A_hashed_minute_differs_by_process_and_stays_the_same()
    {
        var spread = RestartTime.Of("H 4 * * *", null);
        var at = Enumerable.Range(0, 9).Select(number => NextOf($"web:{new string('x', 300)}_{number}")).ToList();
        Assert.True(at.Distinct().Count() > 4);
        Assert.Equal(at[3], NextOf($"web:{new string('x', 300)}_3"));

        DateTimeOffset? NextOf(string process) =>
            spread.Next(DateTimeOffset.Parse("2026-01-10T12:00:00Z"), process, TimeZoneInfo.Utc);
    }

    private static ProcessConfig Paced(string name, string script, RestartConfig pace) => Sh(name, script) with
    {
        AutoRestart = AutoRestart.Always,
        Life = new() { Restart = pace },
    };
}
