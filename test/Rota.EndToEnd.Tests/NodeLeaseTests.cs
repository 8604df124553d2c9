using System.Diagnostics;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>Nodes that fall silent, each in its way: others take over their jobs, and they hear of it.</summary>
public sealed class NodeLeaseTests(NodesFixture nodes) : IClassFixture<NodesFixture>
{
    private const string Refused = "its outcome was refused";

    [Fact]
    public async Task The_jobs_of_a_node_killed_with_signal_9_run_elsewhere_when_its_lease_is_over()
    {
        var notes = await nodes.NewNotesAsync("kill");
        await using var dying = await nodes.StartNodeAsync("dying", "kill");
        long[] jobs = [await notes.EnqueueAsync(), await notes.EnqueueAsync(), await notes.EnqueueAsync()];
        foreach (var id in jobs)
            await notes.WaitAsync(id, "start");
        await using var other = await nodes.StartNodeAsync("other", "kill");

        var killed = Stopwatch.GetTimestamp();
        await dying.KillAsync();
        foreach (var id in jobs)
            await notes.WaitAsync(id, "start", count: 2);

        // 15 to 17 s where there is nothing else to do; `bench faults` holds the promise of 20 s.
        Assert.InRange(Stopwatch.GetElapsedTime(killed).TotalSeconds, 0, 30);
        notes.Release();
        foreach (var id in jobs)
        {
            var job = await notes.SucceededAsync(id);
            Assert.Equal(("other", 2), (job.GetProperty("node").GetString(), job.GetProperty("attempt").GetInt32()));
            Assert.Equal(1, notes.Count(id, "end"));
        }
    }

    [Fact]
    public async Task A_node_that_is_cut_off_tells_its_handlers_before_others_take_their_jobs_and_comes_back()
    {
        var notes = await nodes.NewNotesAsync("cut");
        await using var proxy = new TcpProxy(nodes.Postgres.Port);
        var url = nodes.Postgres.Url.Replace($":{nodes.Postgres.Port}/", $":{proxy.Port}/");
        await using var far = await nodes.StartNodeAsync("far", "cut", url);
        var id = await notes.EnqueueAsync();
        await notes.WaitAsync(id, "start");
        var near = await nodes.StartNodeAsync("near", "cut");

        proxy.Cut();
        await notes.WaitAsync(id, "told-LeaseLost");
        Assert.Equal(1, notes.Count(id, "start"));
        await notes.WaitAsync(id, "start", count: 2);
        notes.Release();
        Assert.Equal("near", (await notes.SucceededAsync(id)).GetProperty("node").GetString());
        await near.StopAsync();
        await near.DisposeAsync();
        proxy.Join();

        await RotaProcess.WaitAsync(() => far.Output.Any(line => line.Contains(Refused)),
            "the late end is refused");
        var next = await notes.SucceededAsync(await notes.EnqueueAsync());
        Assert.Equal("far", next.GetProperty("node").GetString());
    }

    [Fact]
    public async Task A_node_that_slept_past_its_lease_tells_its_handler_and_its_late_end_is_refused()
    {
        var notes = await nodes.NewNotesAsync("sleep");
        await using var sleeper = await nodes.StartNodeAsync("sleeper", "sleep");
        var id = await notes.EnqueueAsync();
        await notes.WaitAsync(id, "start");
        await using var awake = await nodes.StartNodeAsync("awake", "sleep");

        await NodesFixture.SignalAsync(sleeper, "STOP");
        await notes.WaitAsync(id, "start", count: 2);
        await NodesFixture.SignalAsync(sleeper, "CONT");
        await notes.WaitAsync(id, "told-LeaseLost");
        notes.Release();

        await RotaProcess.WaitAsync(() => sleeper.Output.Any(line => line.Contains(Refused)),
            "the late end is refused");
        var job = await notes.SucceededAsync(id);
        Assert.Equal("awake", job.GetProperty("node").GetString());
        Assert.Equal((2, 2), (notes.Count(id, "start"), notes.Count(id, "end")));
    }
}
