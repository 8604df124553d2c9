using System.Net;
using System.Net.Sockets;
using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>`ready_when`: a process is STARTING until it has shown its sign.</summary>
public sealed class ReadinessTests
{
    [Theory]
    [InlineData("echo starting; read x; echo now ready to serve; exec cat", "log:^now ready .*serve$")]
    [InlineData("read x; systemd-notify --ready; exec cat", "notify")]
    [InlineData("read x; touch sign; exec cat", "file:FOLDER/sign")]
    public async Task It_runs_when_it_has_shown_its_sign_and_not_before(string script, string sign)
    {
        using var folder = new Folder();
        await using var running = RunningSupervisor.Start(
            Waits("app", script, sign.Replace("FOLDER", folder.Path)) with { Directory = folder.Path });
        var start = running.Supervisor.StartAsync("app", wait: true);
        await running.StateAsync("app", ProcessState.Starting);
        // The clock of its start has long run out, since startsecs is 0.
        var facts = await running.Supervisor.FindAsync("app");
        Assert.Equal((ProcessState.Starting, true), (facts.State, facts.Waiting!.StartsWith("waiting for ")));
        Assert.False(start.IsCompleted);

        await running.Supervisor.SendStdinAsync("app", "\n"u8.ToArray());
        await start.WaitAsync(Deadline);
        Assert.Equal(ProcessState.Running, (await running.Supervisor.FindAsync("app")).State);
        Assert.Contains(await running.LogAsync(),
            line => line.StartsWith("INFO ready: app (", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("port:127.0.0.1:PORT")]
    [InlineData("http://127.0.0.1:PORT/")]
    public async Task A_port_and_an_address_are_asked_until_they_answer(string sign)
    {
        using var folder = new Folder();
        var port = FreePort();
        await using var running = RunningSupervisor.Start(Waits("web",
            $"read x; exec python3 -m http.server --bind 127.0.0.1 {port}", sign.Replace("PORT", $"{port}")) with
        {
            Directory = folder.Path,
        });
        var start = running.Supervisor.StartAsync("web", wait: true);
        await running.StateAsync("web", ProcessState.Starting);
        Assert.False(start.IsCompleted);
        await running.Supervisor.SendStdinAsync("web", "\n"u8.ToArray());
        await start.WaitAsync(Deadline);
        using var client = new HttpClient();
        using var answer = await client.GetAsync($"http://127.0.0.1:{port}/", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task An_answer_other_than_2xx_is_not_ready()
    {
        using var folder = new Folder();
        var port = FreePort();
        var config = Waits("web", $"exec python3 -m http.server --bind 127.0.0.1 {port}",
            $"http://127.0.0.1:{port}/none");
        await using var running = RunningSupervisor.Start(config with
        {
            Directory = folder.Path,
            StartRetries = 0,
            Life = config.Life with { ReadyTimeoutSeconds = 2 },
        });
        var fault = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StartAsync("web", wait: true));
        Assert.Equal(FaultCode.SpawnError, fault.Code);
        await running.StateAsync("web", ProcessState.Fatal);
    }

    [Fact]
    public async Task Not_ready_in_time_is_a_failed_start_and_it_is_ended_as_configured()
    {
        var config = Waits("slow", "trap \"\" TERM; while :; do sleep 0.1; done", "notify");
        await using var running = RunningSupervisor.Start(config with
        {
            StartRetries = 0,
            StopWaitSeconds = 1,
            Life = config.Life with { ReadyTimeoutSeconds = 1 },
        });
        var fault = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StartAsync("slow", wait: true));
        Assert.Equal("SPAWN_ERROR: slow", fault.Message);
        await running.EventAsync("PROCESS_STATE_BACKOFF", "from_state:STARTING");
        await running.StateAsync("slow", ProcessState.Fatal);
        Assert.Equal("not ready within 1 seconds (notify)",
            (await running.Supervisor.FindAsync("slow")).SpawnError);
        var log = await running.LogAsync();
        Assert.Contains("WARN stopping slow: not ready within 1 seconds (notify)", log);
        Assert.Contains("WARN exited: slow (terminated by SIGKILL; not expected)", log);
    }

    [Fact]
    public async Task An_end_before_it_was_ready_is_a_failed_start()
    {
        await using var running = RunningSupervisor.Start(
            Waits("gone", "exit 0", "file:/nonexistent/sign") with { StartRetries = 0 });
        await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StartAsync("gone", wait: true));
        await running.StateAsync("gone", ProcessState.Fatal);
    }

    [Fact]
    public async Task What_is_to_be_done_once_is_ready_when_it_has_ended_as_expected()
    {
        await using var running = RunningSupervisor.Start(
            Waits("migrate", "read x; exit 0", "exit") with { StartSeconds = 5 });
        var start = running.Supervisor.StartAsync("migrate", wait: true);
        await running.StateAsync("migrate", ProcessState.Starting);
        Assert.False(start.IsCompleted);
        await running.Supervisor.SendStdinAsync("migrate", "\n"u8.ToArray());
        await start.WaitAsync(Deadline);
        await running.StateAsync("migrate", ProcessState.Running);
        await running.StateAsync("migrate", ProcessState.Exited);
    }

    [Fact]
    public async Task A_stop_while_it_gets_ready_stops_it()
    {
        await using var running = RunningSupervisor.Start(Waits("app", "exec cat", "notify"));
        var start = running.Supervisor.StartAsync("app", wait: true);
        await running.StateAsync("app", ProcessState.Starting);
        await running.Supervisor.StopAsync("app", wait: true);
        await Assert.ThrowsAsync<SupervisorFault>(() => start);
        Assert.Equal(ProcessState.Stopped, (await running.Supervisor.FindAsync("app")).State);
    }

    [Fact]
    public async Task Startsecs_hold_also_when_it_is_ready_at_once()
    {
        await using var running = RunningSupervisor.Start(
            Waits("app", "echo ready; exec cat", "log:ready") with { StartSeconds = 1 });
        await running.Supervisor.StartAsync("app", wait: true);
        var facts = await running.Supervisor.FindAsync("app");
        Assert.True(facts.Now - facts.Start >= TimeSpan.FromSeconds(1));
    }

    internal static ProcessConfig Waits(string name, string script, string sign) => Sh(name, script) with
    {
        Life = new() { ReadyWhen = Check.ForReadiness(sign) },
    };

    public static int FreePort()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }
}
