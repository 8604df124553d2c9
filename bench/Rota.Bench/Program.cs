using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota;

var dir = Path.Combine(Path.GetTempPath(), "rota-bench-" + Environment.ProcessId);
Directory.CreateDirectory(dir);
var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
builder.Logging.AddConsole();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddRota(o =>
{
    o.UseSqlite(Path.Combine(dir, "rota.db"));
    o.KeyPath = Path.Combine(dir, "key");
}).AddHandler<NoopHandler>();
using var host = builder.Build();
await host.StartAsync();
var jobs = host.Services.GetRequiredService<IJobClient>();
for (var round = 0; round < 3; round++)
{
    Noop.Done.Reset(2000);
    var t = Stopwatch.GetTimestamp();
    for (var i = 0; i < 2000; i++) await jobs.EnqueueAsync(new Noop(i));
    Console.WriteLine($"enqueue_1 {2000 / Stopwatch.GetElapsedTime(t).TotalSeconds:N0}/s");
    await Noop.Done.Task;

    Noop.Done.Reset(100_000);
    t = Stopwatch.GetTimestamp();
    await Task.WhenAll(Enumerable.Range(0, 64).Select(async c => { for (var i = 0; i < 100_000 / 64 + (c < 32 ? 1 : 0); i++) await jobs.EnqueueAsync(new Noop(i)); }));
    Console.WriteLine($"enqueue_64 while working {100_000 / Stopwatch.GetElapsedTime(t).TotalSeconds:N0}/s");
    await Noop.Done.Task;
    Console.WriteLine($"  end to end {100_000 / Stopwatch.GetElapsedTime(t).TotalSeconds:N0}/s");

    Noop.Done.Reset(100_000);
    t = Stopwatch.GetTimestamp();
    for (var b = 0; b < 10; b++) await jobs.EnqueueManyAsync(Enumerable.Range(0, 10_000).Select(i => new Noop(i)).ToList());
    Console.WriteLine($"bulk while working {100_000 / Stopwatch.GetElapsedTime(t).TotalSeconds:N0}/s");
    var t2 = Stopwatch.GetTimestamp(); var left = Noop.Done.Left;
    await Noop.Done.Task;
    Console.WriteLine($"drain of the rest {left / Stopwatch.GetElapsedTime(t2).TotalSeconds:N0}/s  e2e {100_000 / Stopwatch.GetElapsedTime(t).TotalSeconds:N0}/s");
}
await host.StopAsync();
Directory.Delete(dir, true);

[Job("noop")]
public sealed record Noop(int N)
{
    public static readonly Count Done = new();
}

public sealed class Count
{
    private int _left; private TaskCompletionSource _tcs = new();
    public Task Task => _tcs.Task;
    public int Left => _left;
    public void Reset(int n) { _tcs = new(TaskCreationOptions.RunContinuationsAsynchronously); _left = n; }
    public void One() { if (Interlocked.Decrement(ref _left) == 0) _tcs.SetResult(); }
}

public sealed class NoopHandler : IJobHandler<Noop>
{
    public Task<JobResult> RunAsync(Noop args, JobContext job, CancellationToken stop) { Noop.Done.One(); return Task.FromResult(JobResult.Complete); }
}
