using System.Text.Json;
using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Logs;

/// <summary>Logs of real processes as JSON and with a limit.</summary>
public sealed class ShapedLogTests : IDisposable
{
    private readonly Folder _folder = new();

    [Fact]
    public async Task A_log_of_JSON_says_who_wrote_each_line()
    {
        await using var running = Start(Sh("say", "printf \"one\\ntwo\\nrest\"; echo err >&2") with
        {
            Stdout = new() { Format = LogFormat.Json },
            Stderr = new() { Format = LogFormat.Json },
        });
        await running.Supervisor.StartAsync("say", wait: true);
        var pid = (await running.StateAsync("say", ProcessState.Exited)).Payload.Split("pid:")[1].Trim();
        var lines = Json((await running.OutputAsync("say", "rest")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["one", "two", "rest"], lines.Select(line => line.GetProperty("line").GetString()));
        var first = lines[0];
        Assert.Equal(("stdout", "say", "say", pid), (first.GetProperty("stream").GetString(),
            first.GetProperty("group").GetString(), first.GetProperty("process").GetString(),
            first.GetProperty("pid").GetRawText()));
        Assert.Equal(TimeSpan.Zero, first.GetProperty("time").GetDateTimeOffset().Offset);
        var error = Json([(await running.OutputAsync("say", OutputChannel.Stderr)).TrimEnd('\n')])[0];
        Assert.Equal("stderr", error.GetProperty("stream").GetString());
    }

    [Fact]
    public async Task Rotation_leaves_every_object_in_one_file()
    {
        var path = Path.Combine(_folder.Path, "log");
        await using var running = Start(Sh("count", "seq 20000") with
        {
            Stdout = new()
            {
                Target = OutputTarget.File,
                Path = path,
                MaxBytes = 100_000,
                Backups = 100,
                Format = LogFormat.Json,
            },
        });
        await running.Supervisor.StartAsync("count", wait: true);
        await running.StateAsync("count", ProcessState.Exited);
        await running.OutputAsync("count");
        var files = Directory.GetFiles(_folder.Path);
        Assert.InRange(files.Length, 2, 100);
        var numbers = files.SelectMany(file => Json(File.ReadAllLines(file)))
            .Select(line => int.Parse(line.GetProperty("line").GetString()!));
        Assert.Equal(Enumerable.Range(1, 20_000), numbers.Order());
    }

    [Fact]
    public async Task A_flood_over_its_limit_does_not_wait_and_the_log_says_what_is_missing()
    {
        await using var running = Start(Sh("flood", "yes | head -c 20000000; exec sleep 1000") with
        {
            Stdout = new() { RateLimit = 1_000 },
        });
        await running.Supervisor.StartAsync("flood", wait: true);
        var text = await running.OutputAsync("flood", "dropped by stdout_rate_limit\n");
        Assert.StartsWith("y\ny\n", text, StringComparison.Ordinal);
        var words = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line != "y").Select(line =>
            line.Split(' ')).ToList();
        Assert.All(words, notice => Assert.Equal($"({2 * int.Parse(notice[0])}", notice[2]));
        await running.Supervisor.StopAsync("flood", wait: true);
        var kept = await running.OutputAsync("flood");
        Assert.InRange(kept.Length, 1_000, 100_000);
    }

    [Fact]
    public async Task A_changed_shape_is_a_change_of_the_group()
    {
        await using var running = Start(Sh("p", "true"));
        Assert.Empty((await running.Supervisor.RereadAsync()).Changed);
        foreach (var changed in new[]
        {
            Sh("p", "true") with { Stdout = new() { RateLimit = 1 } },
            Sh("p", "true") with { Stderr = new() { Format = LogFormat.Json } },
            Sh("p", "true") with { EnvironmentFiles = [new("/a.env", false)] },
            Sh("p", "true") with { Secrets = [new("A", "a")] },
        })
        {
            running.Next = running.Next with { Groups = [Group("p", changed)] };
            Assert.Equal(["p"], (await running.Supervisor.RereadAsync()).Changed);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static List<JsonElement> Json(IEnumerable<string> lines) =>
        [.. lines.Select(line => JsonDocument.Parse(line).RootElement)];
}
