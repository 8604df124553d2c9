using System.Diagnostics;

namespace Rota.Bench;

internal sealed class WorkerKilled : Fault
{
    /// <summary>From when a worker is there that can take them.</summary>
    public static readonly TimeSpan RescueMax = TimeSpan.FromSeconds(20);

    private const int LongJobs = 24;
    private static readonly TimeSpan HoldMax = TimeSpan.FromSeconds(10);

    public override string Name => "worker-kill";

    public override string What => "one of three workers is killed with signal 9; the others take its jobs";

    public override async Task StrikeAsync(FaultField field)
    {
        var worker = field.Workers[0];
        await HoldAsync(field, [worker]);
        var start = Stopwatch.GetTimestamp();
        await worker.KillAsync();
        await RequireRescueAsync(field, [worker], start);
    }

    /// <summary>Returns when they hold long jobs, so that a kill meets some.</summary>
    public static async Task HoldAsync(FaultField field, IReadOnlyList<FaultWorker> workers)
    {
        for (var job = 0; job < LongJobs; job++)
            await field.EnqueueAsync(new FaultEntry(Number: 0, DueTicks: 0)); // as long as each hundredth
        await field.RequireSoonAsync(async () => await HeldAsync(field, workers) > 0, HoldMax, "they took no job");
    }

    /// <param name="start">When the first worker was there to take over.</param>
    public static async Task RequireRescueAsync(FaultField field, IReadOnlyList<FaultWorker> dead, long start)
    {
        var held = await HeldAsync(field, dead);
        field.Require(held > 0, "the dead held no job");
        await field.RequireSoonAsync(async () => await HeldAsync(field, dead) == 0,
            RescueMax - Stopwatch.GetElapsedTime(start), $"the rescue took longer than {RescueMax.TotalSeconds:N0} s");
        field.Notes.Add($"{held} jobs of the dead were rescued within "
            + $"{Stopwatch.GetElapsedTime(start).TotalSeconds:N1} s");
    }

    public static Task<long> HeldAsync(FaultField field, IEnumerable<FaultWorker> workers) => field.NumberAsync($"""
        SELECT count(*)
        FROM rota.running
        WHERE node IN (
            SELECT id FROM rota.word WHERE text IN ({string.Join(", ", workers.Select(one => $"'{one.Node}'"))}))
        """);
}

internal sealed class WorkersKilled : Fault
{
    public override string Name => "workers-kill";

    public override string What => "all workers are killed with signal 9, and others are started and take their jobs";

    public override async Task StrikeAsync(FaultField field)
    {
        var dead = field.Workers.ToList();
        await WorkerKilled.HoldAsync(field, dead);
        await Task.WhenAll(dead.Select(worker => worker.KillAsync()));
        var starting = dead.Select(worker => field.AddWorkerAsync($"{worker.Node}-again")).ToList();
        await Task.WhenAny(starting);
        await WorkerKilled.RequireRescueAsync(field, dead, Stopwatch.GetTimestamp());
        await Task.WhenAll(starting);
    }
}

/// <summary>One job is in the middle of its handler then. The handler must hear that its lease is lost, and what it
/// returns must be refused: another worker has ended the job.</summary>
internal sealed class WorkerStopped : Fault
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(10), HearMax = TimeSpan.FromSeconds(10);

    public override string Name => "worker-stop";

    public override string What => "a worker sleeps past its lease (SIGSTOP), and wakes up (SIGCONT)";

    public override async Task StrikeAsync(FaultField field)
    {
        var id = await field.EnqueueAsync(new FaultEntry(Number: 1, DueTicks: 0, WaitsForLoss: true));
        await field.RequireSoonAsync(() => Task.FromResult(field.Says(FaultLedger.Name, $"{id} ")), StartMax,
            "the job did not start");
        var token = await field.NumberAsync($"SELECT token FROM rota.running WHERE id = {id}");
        var node = await field.NumberAsync($"""
            SELECT substr(text, length('node-') + 1)
            FROM rota.running
            JOIN rota.word ON word.id = running.node
            WHERE running.id = {id}
            """);
        if (node == 0)
            return; // it was said that it did not start
        var worker = field.Workers.Single(one => one.Node == $"node-{node}");
        await worker.SignalAsync("STOP");
        var held = await WorkerKilled.HeldAsync(field, [worker]);
        await Task.Delay(Length);
        field.Require(await WorkerKilled.HeldAsync(field, [worker]) == 0, "what it held was not taken over");
        await worker.SignalAsync("CONT");
        field.Notes.Add($"it slept for {Length.TotalSeconds:N0} s with {held} jobs in its hands");
        await field.RequireSoonAsync(() => Task.FromResult(field.Says(FaultLedger.ToldName, $"{id} {token}")), HearMax,
            "the handler did not hear that its lease was lost");
        var refused = $"The lease of token {token} was lost: its outcome was refused";
        await field.RequireSoonAsync(() => Task.FromResult(field.Says(worker.Log, refused)), HearMax,
            "its late end was not refused");
    }
}

internal sealed class ClocksApart : Fault
{
    private const long OffMs = 600_000, NearMs = 10_000;
    private static readonly TimeSpan BeatMax = TimeSpan.FromSeconds(15);

    public override string Name => "clocks";

    public override string What => "one node's clock is 10 min ahead, one's 10 min behind, and one's is right";

    public override string? Unable => FakeClock.Unable;

    public override IReadOnlyDictionary<string, string> EnvironmentOf(int number) => number switch
    {
        1 => FakeClock.Off("+10m"),
        2 => FakeClock.Off("-10m"),
        _ => base.EnvironmentOf(number),
    };

    public override async Task StrikeAsync(FaultField field)
    {
        foreach (var (node, ms) in ((string, long)[])[("node-1", OffMs), ("node-2", -OffMs), ("node-3", 0)])
            await RequireOffAsync(field, node, ms);
        await Task.Delay(field.Load / 2);
        field.Require(await field.NumberAsync("SELECT count(DISTINCT node) FROM rota.outcome") == field.Workers.Count,
            "not all of them worked");
    }

    private static Task RequireOffAsync(FaultField field, string node, long ms) => field.RequireSoonAsync(
        async () => await field.NumberAsync($"""
            SELECT count(*)
            FROM rota.node
            WHERE name = '{node}' AND clock_offset / 1000 BETWEEN {ms - NearMs} AND {ms + NearMs}
            """) > 0, BeatMax, $"the clock of {node} is not off by {ms} ms");
}
