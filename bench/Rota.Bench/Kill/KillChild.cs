using Microsoft.Extensions.DependencyInjection;

namespace Rota.Bench;

/// <summary>The process that is killed: it enqueues jobs and works them at the same time.</summary>
/// <remarks>Two files outlive it: <c>acknowledged</c> has the id of each job whose enqueue call returned, <c>ledger</c>
/// a line (id, token) for each run of a handler, its side effect. Without producers it works off what is left and ends.
/// </remarks>
internal static class KillChild
{
    public const string Name = "kill-child";
    private const int AheadMax = 200;

    public static async Task<int> RunAsync(string folder, string url, int producers)
    {
        using var acknowledged = new AppendFile(Path.Combine(folder, "acknowledged"));
        using var ledger = new Ledger(Path.Combine(folder, "ledger"));
        await using var host = await BenchHost.StartAsync(new OpenedStore(folder, url), works: true, rota =>
        {
            rota.Services.AddSingleton(ledger);
            rota.AddHandler<EntryHandler>();
        });
        Console.Out.WriteLine("up");
        await Task.WhenAll(Enumerable.Range(0, producers).Select(_ => ProduceAsync(host.Jobs, acknowledged, ledger)));
        await host.WaitUntilEndedAsync();
        return 0;
    }

    // Runs until the kill. What is ahead of the handlers is bounded, so that old jobs are worked and not only new
    // ones kept.
    private static async Task ProduceAsync(IJobClient jobs, AppendFile acknowledged, Ledger ledger)
    {
        for (var number = 0; ; number++)
        {
            var enqueued = await jobs.EnqueueAsync(new Entry(number));
            acknowledged.Add(enqueued.Id.ToString());
            ledger.Expect();
            while (ledger.Ahead > AheadMax)
                await Task.Delay(1);
        }
    }
}

[Job("bench.entry")]
internal sealed record Entry(int Number);

/// <summary>The side effects of all processes.</summary>
internal sealed class Ledger(string path) : IDisposable
{
    private readonly AppendFile _file = new(path);
    private int _ahead;

    /// <summary>Jobs acknowledged and not yet run by this process; about.</summary>
    public int Ahead => Volatile.Read(ref _ahead);

    public void Expect() => Interlocked.Increment(ref _ahead);

    public void Add(JobContext job)
    {
        _file.Add($"{job.Id} {job.Token}");
        Interlocked.Decrement(ref _ahead);
    }

    public void Dispose() => _file.Dispose();
}

internal sealed class EntryHandler(Ledger ledger) : IJobHandler<Entry>
{
    public async Task<JobResult> RunAsync(Entry args, JobContext job, CancellationToken stop)
    {
        // Some runs last, so that kills meet them before their side effect.
        if (args.Number % 4 == 0)
            await Task.Delay(args.Number % 16, stop);
        ledger.Add(job);
        if (args.Number % 4 == 1)
            await Task.Delay(args.Number % 16, stop); // and some behind it
        return JobResult.Complete;
    }
}
