using System.Diagnostics;

namespace Rota.Bench;

internal sealed class WorkerKilled : Fault
{
    private static readonly TimeSpan RescueMax = TimeSpan.FromSeconds(20);

    public override string Name => "worker-kill";

    public override string What => "one of three workers is killed with signal 9; the others take its jobs";

    public override async Task StrikeAsync(FaultField field)
    {
        var worker = field.Workers[0];
        var start = Stopwatch.GetTimestamp();
        await worker.KillAsync();
        var held = await HeldAsync(field, worker);
        while (await HeldAsync(field, worker) > 0 && Stopwatch.GetElapsedTime(start) < 2 * RescueMax)
            await Task.Delay(50);
        var took = Stopwatch.GetElapsedTime(start);
        field.Notes.Add($"{held} jobs of the dead worker were rescued within {took.TotalSeconds:N1} s");
        field.Require(took < RescueMax, "the rescue took longer than 20 s");
    }

    public static Task<long> HeldAsync(FaultField field, FaultWorker worker) => field.NumberAsync($"""
        SELECT count(*)
        FROM rota.running
        WHERE node = (SELECT id FROM rota.word WHERE text = '{worker.Node}')
        """);
}

internal sealed class WorkersKilled : Fault
{
    public override string Name => "workers-kill";

    public override string What => "all workers are killed with signal 9, and others are started";

    public override async Task StrikeAsync(FaultField field)
    {
        var dead = field.Workers.ToList();
        await Task.WhenAll(dead.Select(worker => worker.KillAsync()));
        foreach (var worker in dead)
            await field.AddWorkerAsync($"{worker.Node}-again");
    }
}

internal sealed class WorkerStopped : Fault
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(25);

    public override string Name => "worker-stop";

    public override string What => "a worker sleeps past its lease (SIGSTOP), and wakes up (SIGCONT)";

    public override async Task StrikeAsync(FaultField field)
    {
        var worker = field.Workers[0];
        var held = 0L;
        for (var tries = 0; held == 0 && tries < 1_000; tries++)
        {
            await worker.SignalAsync("STOP");
            held = await WorkerKilled.HeldAsync(field, worker);
            if (held == 0)
                await worker.SignalAsync("CONT");
        }
        await Task.Delay(Length);
        field.Require(await WorkerKilled.HeldAsync(field, worker) == 0, "what it held was not taken over");
        await worker.SignalAsync("CONT");
        field.Notes.Add($"it slept for {Length.TotalSeconds:N0} s with {held} jobs in its hands");
    }
}

internal sealed class ClocksApart : Fault
{
    public override string Name => "clocks";

    public override string What => "one node's clock is 10 min ahead and one's 10 min behind";

    public override string? Unable => FakeClock.Unable;

    public override Task PrepareAsync(FaultField field)
    {
        Set(field, "+10m");
        return Task.CompletedTask;
    }

    public override async Task StrikeAsync(FaultField field)
    {
        Set(field, "-10m");
        await field.AddWorkerAsync("node-behind");
        await Task.Delay(field.Load / 2);
    }

    private static void Set(FaultField field, string offset)
    {
        foreach (var (name, value) in FakeClock.Off(offset))
            field.WorkerEnvironment[name] = value;
    }
}
