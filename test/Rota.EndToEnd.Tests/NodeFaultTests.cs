using System.Diagnostics;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>Several nodes on one PostgreSQL database, and what goes wrong around them. `bench faults` does the same for
/// longer, and counts.</summary>
public sealed class NodeFaultTests(NodesFixture nodes) : IClassFixture<NodesFixture>
{
    [Fact]
    public async Task A_server_and_two_nodes_share_a_queue_and_are_listed()
    {
        var notes = await nodes.NewNotesAsync(NodesFixture.SharedQueue);
        await using var one = await nodes.StartNodeAsync("one", NodesFixture.SharedQueue);
        await using var two = await nodes.StartNodeAsync("two", NodesFixture.SharedQueue);

        // More than two of them have slots for, and none ends before all run: each has to take some.
        var jobs = new List<long>();
        for (var job = 0; job < 12; job++)
            jobs.Add(await notes.EnqueueAsync());
        foreach (var id in jobs)
            await notes.WaitAsync(id, "start");
        string[] names = ["one", "server", "two"];
        await RotaProcess.WaitAsync(async () => (await ListAsync())
            .Where(node => names.Contains(node.Name)).Sum(node => node.Running) == jobs.Count, "all say what they run");
        var busy = (await ListAsync()).Where(node => names.Contains(node.Name)).ToList();
        Assert.Equal(names, busy.Select(node => node.Name));
        Assert.All(busy, node => Assert.Equal((4, false, NodesFixture.SharedQueue),
            (node.Running, node.IsDrained, node.Queues)));
        notes.Release();

        var workedBy = new List<string?>();
        foreach (var id in jobs)
            workedBy.Add((await notes.SucceededAsync(id)).GetProperty("node").GetString());
        Assert.Equal(names, workedBy.Distinct().Order());
        Assert.Equal(0, await one.StopAsync());
        Assert.DoesNotContain(await ListAsync(), node => node.Name == "one");
        await AssertDrainedAsync(two, "two");
    }

    /// <summary>Once a node is drained, by the command, all the jobs that it has room for are left to the
    /// server.</summary>
    private async Task AssertDrainedAsync(RotaProcess node, string name)
    {
        var (code, said, error) = await nodes.Server.RunAsync(["nodes", "drain", name]);
        Assert.True(code == 0, error);
        Assert.Equal($"node {name} takes no more jobs", said.Trim());
        Assert.True((await ListAsync()).Single(one => one.Name == name).IsDrained);
        await RotaProcess.WaitAsync(() => node.Output.Any(line => line.Contains("drained: it takes no more jobs")),
            "its next beat told it");

        // Four fill the server; the others have to wait, although the drained node has four slots free.
        var notes = await nodes.NewNotesAsync(NodesFixture.SharedQueue);
        var jobs = new List<long>();
        for (var job = 0; job < 6; job++)
            jobs.Add(await notes.EnqueueAsync());
        await RotaProcess.WaitAsync(() => notes.All().Count >= 4, "the server is full");
        notes.Release();
        foreach (var id in jobs)
            Assert.Equal("server", (await notes.SucceededAsync(id)).GetProperty("node").GetString());
        Assert.Equal(0, (await ListAsync()).Single(one => one.Name == name).Running);
    }

    private sealed record Listed(string? Name, int Running, string Queues, bool IsDrained);

    private async Task<List<Listed>> ListAsync() =>
        [.. (await nodes.Server.GetAsync("nodes")).GetProperty("items").EnumerateArray().Select(node => new Listed(
            node.GetProperty("name").GetString(), node.GetProperty("running").GetInt32(),
            string.Join(' ', node.GetProperty("queues").EnumerateArray().Select(queue => queue.GetString())),
            node.GetProperty("is_drained").GetBoolean()))];

    [Fact]
    public async Task Two_processes_of_one_name_are_both_listed_and_warned_of()
    {
        await nodes.NewNotesAsync("twins"); // skips where there is no PostgreSQL
        await using var one = await nodes.StartNodeAsync("twin", "twins");
        await using var two = await nodes.StartNodeAsync("twin", "twins");

        await RotaProcess.WaitAsync(() => two.Output.Any(line => line.Contains("is named twin too")),
            "the second one warns");

        var listed = (await nodes.Server.GetAsync("nodes")).GetProperty("items").EnumerateArray()
            .Where(node => node.GetProperty("name").GetString() == "twin").ToList();
        Assert.Equal(2, listed.Select(node => node.GetProperty("pid").GetInt32()).Distinct().Count());
        Assert.All(listed, node => Assert.InRange(node.GetProperty("clock_offset_ms").GetInt64(), -5_000, 5_000));
        var findings = (await nodes.Server.GetAsync("doctor")).GetProperty("items").EnumerateArray();
        Assert.Contains(findings, finding => finding.GetProperty("text").GetString()!.Contains("are named twin"));
    }

    [Fact]
    public async Task A_crash_of_PostgreSQL_under_load_loses_nothing_that_was_acknowledged_and_repeats_nothing()
    {
        var notes = await nodes.NewNotesAsync("crash");
        await using var node = await nodes.StartNodeAsync("node", "crash");
        var held = await nodes.NewNotesAsync("crash");
        var running = await held.EnqueueAsync();
        await held.WaitAsync(running, "start");
        notes.Release();
        var load = new Load(notes);
        await RotaProcess.WaitAsync(() => load.Acknowledged > 20, "jobs are acknowledged");

        await nodes.Postgres.CrashAsync();
        await RotaProcess.WaitAsync(() => load.Refused > 1, "calls are refused");
        await nodes.Postgres.StartAgainAsync();
        var before = load.Acknowledged;
        await RotaProcess.WaitAsync(() => load.Acknowledged > before + 20, "jobs are acknowledged again");
        held.Release();

        await held.SucceededAsync(running);
        Assert.Equal((1, 1), (held.Count(running, "start"), held.Count(running, "end")));
        foreach (var id in await load.EndAsync())
        {
            await notes.SucceededAsync(id);
            Assert.Equal((1, 1), (notes.Count(id, "start"), notes.Count(id, "end")));
        }
    }

    [Theory]
    [InlineData("+10m")]
    [InlineData("-10m")]
    public async Task A_node_whose_clock_is_wrong_follows_the_clock_of_the_database(string offset)
    {
        Assert.SkipUnless(ClockTests.Library is not null, "libfaketime is not installed.");
        var queue = offset[0] == '+' ? "ahead" : "behind";
        var notes = await nodes.NewNotesAsync(queue);
        notes.Release();
        var container = await Container.MakeAsync($"LD_PRELOAD={ClockTests.Library}", $"FAKETIME={offset}",
            "FAKETIME_DONT_FAKE_MONOTONIC=1");
        await using var node = await nodes.StartNodeAsync(queue, queue, container: container);

        var enqueued = Stopwatch.GetTimestamp();
        var id = await notes.EnqueueAsync(new { queue, delay = "3s" });
        var job = await notes.SucceededAsync(id);

        Assert.InRange(Stopwatch.GetElapsedTime(enqueued).TotalSeconds, 2.8, 20);
        Assert.Equal(queue, job.GetProperty("node").GetString());
        var off = job.GetProperty("ended_at").GetDateTimeOffset() - DateTimeOffset.UtcNow;
        Assert.InRange(off.TotalSeconds, -20, 5);
    }
}
