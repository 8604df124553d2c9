using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>Secrets on their way to a process; a script stands for Rota's program.</summary>
public sealed class SecretTests : IDisposable
{
    private const string Clear = "hunter2";

    private const string Good = "{\"values\":{\"db\":\"" + Clear + "\"}}";

    private readonly Folder _folder = new();

    private string Asked => Path.Combine(_folder.Path, "asked");

    private string Gate => Path.Combine(_folder.Path, "gate");

    private string UntilGate => $"while [ -d {_folder.Path} ] && [ ! -e {Gate} ]; do sleep 0.05; done";

    [Fact]
    public async Task A_start_gets_todays_value_and_nothing_else_shows_it()
    {
        await using var running = StartWithSecrets(Answer(Good), WithSecret("env"));
        await running.Supervisor.StartAsync("env", wait: true);
        await running.StateAsync("env", ProcessState.Exited);
        Assert.Equal("yes\n", await running.OutputAsync("env"));
        Answer("""{"values":{"db":"changed"}}""");
        await running.Supervisor.StartAsync("env", wait: true);
        await running.StateAsync("env", ProcessState.Exited);
        Assert.Equal("yes\nno\n", await running.OutputAsync("env"));
        var facts = string.Join("\n", await running.Supervisor.ListAsync());
        var told = $"{string.Join("\n", await running.LogAsync())}{facts}{running.Supervisor.Config}";
        Assert.DoesNotContain(Clear, told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Those_who_start_together_are_served_by_few_runs()
    {
        var processes = Enumerable.Range(0, 30).Select(number => WithSecret($"p{number}")).ToArray();
        await using var running = StartWithSecrets(Answer(Good, waits: true), processes);
        await running.Supervisor.StartAllAsync(wait: false);
        await File.WriteAllTextAsync(Gate, "", TestContext.Current.CancellationToken);
        for (var number = 0; number < processes.Length; number++)
            await running.OutputAsync($"p{number}", "yes\n");
        // Who comes while one is asked is served by the next.
        Assert.InRange((await File.ReadAllLinesAsync(Asked, TestContext.Current.CancellationToken)).Length, 1, 2);
    }

    [Theory]
    [InlineData("""{"errors":{"db":"it is not set; set it: rota secrets set db"}}""",
        "it is not set; set it: rota secrets set db")]
    [InlineData("""{"error":"the database cannot be reached"}""", "the database cannot be reached")]
    [InlineData("{}", "Rota does not know it")]
    [InlineData("no json", "Rota gave no answer (exit status 0); try: rota secrets list")]
    [InlineData("[1]", "Rota gave no answer (exit status 0); try: rota secrets list")]
    public async Task What_cannot_be_had_is_a_failed_start_that_says_why(string answer, string why)
    {
        await using var running = StartWithSecrets(Answer(answer), WithSecret("env"));
        var fault = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StartAsync("env", wait: true));
        Assert.Equal(FaultCode.SpawnError, fault.Code);
        Assert.Equal($"couldn't get the secret 'db': {why}", (await running.Supervisor.FindAsync("env")).SpawnError);
    }

    [Fact]
    public async Task Without_the_program_the_start_fails()
    {
        await using var running = StartWithSecrets(["/nonexistent/rota"], WithSecret("env"));
        await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StartAsync("env", wait: true));
        Assert.Equal("couldn't get the secret 'db': /nonexistent/rota cannot be run: ENOENT",
            (await running.Supervisor.FindAsync("env")).SpawnError);
    }

    [Fact]
    public async Task A_process_that_waits_for_its_secret_can_be_stopped_and_others_go_on()
    {
        string[] program = ["/bin/sh", "-c", $"{UntilGate}; echo '{{}}'"];
        await using var running = StartWithSecrets(program, WithSecret("env"), Sh("other", "echo on"));
        await running.Supervisor.StartAsync("env", wait: false);
        Assert.Equal(ProcessState.Starting, (await running.Supervisor.FindAsync("env")).State);
        await running.Supervisor.StartAsync("other", wait: true);
        await running.StateAsync("other", ProcessState.Exited);
        await running.Supervisor.StopAsync("env", wait: true);
        Assert.Equal(ProcessState.Stopped, (await running.Supervisor.FindAsync("env")).State);
        await File.WriteAllTextAsync(Gate, "", TestContext.Current.CancellationToken);
    }

    public void Dispose() => _folder.Dispose();

    private static ProcessConfig WithSecret(string name) =>
        Sh(name, $"[ \"$PASSWORD\" = {Clear} ] && echo yes || echo no") with { Secrets = [new("PASSWORD", "db")] };

    /// <summary>A program that answers so, and notes that it was asked.</summary>
    /// <param name="waits">For the gate.</param>
    private string[] Answer(string json, bool waits = false)
    {
        _folder.Write("answer", json);
        var script = $"echo \"$@\" >> {Asked}; {(waits ? UntilGate : ":")}; cat {Path.Combine(_folder.Path, "answer")}";
        return ["/bin/sh", "-c", script, "sh"];
    }
}
