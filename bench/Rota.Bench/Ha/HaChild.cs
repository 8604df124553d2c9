using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace Rota.Bench;

/// <summary>A process of the bench of high availability: it works or it enqueues, until its input ends.</summary>
/// <remarks>The files are those of <see cref="KillChild"/>, but that a line of <c>acknowledged</c> has the time too
/// (microseconds since 1970).</remarks>
internal static class HaChild
{
    public const string Name = "ha-child";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async Task<int> RunAsync(string folder, string url, int producers)
    {
        using var ledger = new Ledger(Path.Combine(folder, "ledger"));
        await using var host = await BenchHost.StartAsync(new Store(folder, url), works: producers == 0, rota =>
        {
            rota.Services.AddSingleton(ledger);
            rota.AddHandler<EntryHandler>();
        });
        Console.Out.WriteLine("up");
        using var stop = new CancellationTokenSource();
        using var acknowledged = new AppendFile(Path.Combine(folder, "acknowledged"));
        var produce = Enumerable.Range(0, producers).Select(_ => ProduceAsync(host.Jobs, acknowledged, stop.Token));
        var produced = Task.WhenAll(produce);
        await Console.In.ReadToEndAsync();
        await stop.CancelAsync();
        await produced;
        return 0;
    }

    // An error is no acknowledgement: the job may be stored or not, and the next one is another job.
    private static async Task ProduceAsync(IJobClient jobs, AppendFile acknowledged, CancellationToken stop)
    {
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            try
            {
                var enqueued = await jobs.EnqueueAsync(new Entry(number), stop: CancellationToken.None);
                var micros = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
                acknowledged.Add(string.Create(CultureInfo.InvariantCulture, $"{enqueued.Id} {micros}"));
            }
            catch (StorageException)
            {
                // The database has no primary now.
            }
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private sealed class Store(string folder, string url) : BenchStore(folder)
    {
        public override string Url => url;

        public override void Use(RotaOptions options) => options.UsePostgres(url);

        public override Task<IRawSql> OpenRawAsync() => throw new NotSupportedException();

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
