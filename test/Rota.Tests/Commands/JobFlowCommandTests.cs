using System.Text.Json;
using Microsoft.Extensions.Logging;
using Rota.Commands;
using Xunit;

namespace Rota.Tests.Commands;

/// <summary>The commands of chains, batches and drawings against the real server.</summary>
public sealed class JobFlowCommandTests : IAsyncLifetime
{
    private readonly CommandRun _run = new()
    {
        Variables = { ["ROTA_PORT"] = "0", ["ROTA_SHELL__ISENABLED"] = "true" },
    };
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        var settings = SettingsReader.Read(_run.Terminal, []);
        _server = await RunningServer.StartAsync(_run.Terminal, settings, LogLevel.Critical, allowLoopback: true,
            TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _run.Dispose();
    }

    private const string True = """{"kind": "shell.run", "args": {"argv": ["true"]}}""";
    private const string False =
        """{"kind": "shell.run", "args": {"argv": ["false"]}, "options": {"max_attempts": 1}}""";

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_run.Folder, name), text);

    [Fact]
    public async Task A_chain_comes_from_a_file_and_is_drawn()
    {
        Write("chain.json", $$"""{"steps": [{{True}}, {{True}}, {"kind": "later.kind"}]}""");
        Assert.Equal(ExitCode.Ok, await _run.RunAsync("queues", "pause", "default"));
        Assert.Equal(ExitCode.Ok, await _run.RunAsync("jobs", "chain", "chain.json"));
        Assert.Equal("enqueued as 1, 2, 3\n", _run.Output);

        Assert.Equal(ExitCode.Ok, await _run.RunAsync("jobs", "graph", "2"));
        Assert.Equal("""
            ● 1  shell.run   queued
            ● 2  shell.run   blocked  waits for 1 job
            ● 3  later.kind  blocked  waits for 1 job

            """, _run.Output);
        Assert.Equal(ExitCode.Ok, await _run.RunAsync("jobs", "graph", "2", "--json"));
        Assert.Equal(2, JsonElement.Parse(_run.Output).GetProperty("edges").GetArrayLength());
    }

    [Fact]
    public async Task A_batch_from_standard_input_is_waited_for()
    {
        _run.Input = $$"""{"jobs": [{{True}}, {{True}}], "on_complete": {{True}}}""";
        Assert.Equal(ExitCode.Ok, await _run.RunAsync("jobs", "batch", "-", "--wait"));
        Assert.Contains("batch 3 of 2 jobs is enqueued", _run.Error);
        Assert.Contains("job 3 succeeded", _run.Output);
        Assert.Contains("\"total\": 2", _run.Output);

        _run.Input = $$"""{"jobs": [{{True}}, {{False}}]}""";
        Assert.Equal(ExitCode.Failed, await _run.RunAsync("jobs", "batch", "-", "--wait"));
        Assert.Contains("1 of 2 jobs failed", _run.Output);
    }

    [Fact]
    public async Task A_waiting_batch_is_shown_with_its_progress()
    {
        _run.Input = """{"jobs": [{"kind": "later.kind", "options": {"delay": "1h"}}]}""";
        await _run.RunAsync("jobs", "batch", "-", "--json");
        Assert.Equal("2", JsonElement.Parse(_run.Output).Text("id"));

        await _run.RunAsync("jobs", "show", "2");
        Assert.Matches(@"progress +0/1", _run.Output);
        Assert.Contains("It waits for 1 job to end: 1.", _run.Output);
    }

    [Fact]
    public async Task A_repeat_and_a_result_are_options_of_enqueue()
    {
        Assert.Equal(ExitCode.Ok, await _run.RunAsync("jobs", "enqueue", "shell.run", """argv:=["true"]""",
            "--repeat", "2", "--interval", "1ms,1h", "--wait"));
        await TestHost.UntilAsync(async () =>
        {
            await _run.RunAsync("jobs", "graph", "1");
            return _run.Output.Contains("due in 60 min");
        }, () => _run.Output);
        Assert.Equal(3, _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        await _run.RunAsync("jobs", "show", "2");
        Assert.Matches(@"repeats left +1", _run.Output);

        Assert.Equal(ExitCode.Ok, await _run.RunAsync("jobs", "enqueue", "later.kind", "--depends-on", "1",
            "--result-into", "pages"));
        Assert.Equal(ExitCode.Usage, await _run.RunAsync("jobs", "enqueue", "later.kind", "--repeat", "2"));
        Assert.Contains("--interval", _run.Error);
    }

    [Fact]
    public async Task A_file_that_is_no_flow_is_refused_with_the_reason()
    {
        Assert.Equal(ExitCode.Usage, await _run.RunAsync("jobs", "chain", "lost.json"));
        Assert.Contains("lost.json cannot be read", _run.Error);
        Write("half.json", """{"steps": [""");
        Assert.Equal(ExitCode.Usage, await _run.RunAsync("jobs", "chain", "half.json"));
        Assert.Contains("half.json is no JSON", _run.Error);
        Write("other.json", """{"stepps": []}""");
        Assert.Equal(ExitCode.Usage, await _run.RunAsync("jobs", "chain", "other.json"));
        Assert.Contains("Did you mean 'steps'?", _run.Error);
    }
}
