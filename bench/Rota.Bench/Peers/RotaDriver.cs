using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Bench;

/// <summary>Rota as a peer among peers: the same protocol, payload and amounts as the drivers in <c>bench/Peers</c>.
/// </summary>
internal static class RotaDriver
{
    public const string Name = "peers-rota";
    private const int BulkSize = 1_000;
    private const int WarmCalls = 1_000;
    private const int Callers = 16;
    private const int SteadyPerSecond = 500;
    private static readonly TimeSpan TicksWarm = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(string command, int count, string url)
    {
        using var folder = new BenchFolder(Path.GetTempPath());
        var store = new OpenedStore(folder.Path, url);
        switch (command)
        {
            case "init":
                await using (await BenchHost.StartAsync(store, works: false))
                    return 0;
            case "schedules":
                await FireAsync(store, count);
                return 0;
            case "drain":
                await WorkAsync(store, new PeerMarks(count), readyFirst: true);
                return 0;
            case "pickup":
                await WorkAsync(store, new PeerMarks(count) { Waits = [] }, readyFirst: false);
                return 0;
            default:
                await ProduceAsync(store, command, count);
                return 0;
        }
    }

    private static async Task WorkAsync(OpenedStore store, PeerMarks marks, bool readyFirst)
    {
        if (readyFirst)
            await ReadyAsync();
        await using var host = await BenchHost.StartAsync(store, works: true, rota =>
        {
            rota.Services.AddSingleton(marks);
            rota.AddHandler<PeerJobHandler>();
        }, drain: TimeSpan.Zero);
        if (!readyFirst)
            DriverLine.Say(new("ready"));
        await Console.In.ReadToEndAsync();
    }

    private static async Task ProduceAsync(OpenedStore store, string command, int count)
    {
        await using var host = await BenchHost.StartAsync(store, works: false);
        Func<int, Task> send = command switch
        {
            "enqueue" => number => EnqueueAsync(host.Jobs, number),
            "enqueue_16" => number => Task.WhenAll(
                Enumerable.Range(0, Callers).Select(_ => EnqueueAsync(host.Jobs, number / Callers))),
            "bulk" => number => BulkAsync(host.Jobs, number),
            "paced" => number => PacedAsync(host.Jobs, number),
            "steady" => number => SteadyAsync(host.Jobs, number),
            _ => throw new ArgumentException($"{command} is no command of a driver."),
        };
        if (command is "enqueue" or "enqueue_16" or "bulk")
            await send(command == "bulk" ? BulkSize : WarmCalls);
        await ReadyAsync();
        var start = Stopwatch.GetTimestamp();
        await send(count);
        DriverLine.Say(new("done", count, Stopwatch.GetElapsedTime(start).TotalSeconds));
        await Console.In.ReadToEndAsync();
    }

    private static async Task FireAsync(OpenedStore store, int count)
    {
        var ticks = new Ticks();
        await using var host = await BenchHost.StartAsync(store, works: true, rota =>
        {
            rota.Services.AddSingleton(ticks);
            rota.AddHandler<TickHandler>();
        }, drain: TimeSpan.Zero);
        var schedules = new EverySecond
        {
            Count = count,
            Kind = "bench.tick",
            Anchor = host.Get<TimeProvider>().GetUtcNow() + TicksWarm,
        };
        await schedules.PutAsync(host.Get<ScheduleOperations>());
        DriverLine.Say(new("ready") { Anchor = schedules.Anchor.ToMicroseconds() });
        await Console.In.ReadLineAsync();
        DriverLine.Say(new("done")
        {
            Runs = [.. ticks.All().Select(
                run => (long[])[run.Number, run.Due.ToMicroseconds(), run.Started.ToMicroseconds()])],
        });
        await Console.In.ReadToEndAsync();
    }

    private static async Task ReadyAsync()
    {
        DriverLine.Say(new("ready"));
        await Console.In.ReadLineAsync();
    }

    private static async Task EnqueueAsync(IJobClient jobs, int count)
    {
        for (var number = 0; number < count; number++)
            await jobs.EnqueueAsync(PeerJob.Now(number));
    }

    private static async Task BulkAsync(IJobClient jobs, int count)
    {
        for (var at = 0; at < count; at += BulkSize)
            await jobs.EnqueueManyAsync([.. Enumerable.Range(at, Math.Min(BulkSize, count - at)).Select(PeerJob.Now)]);
    }

    private static async Task PacedAsync(IJobClient jobs, int count)
    {
        var random = new Random(1);
        for (var number = 0; number < count; number++)
        {
            await Task.Delay(random.Next(15, 45));
            await jobs.EnqueueAsync(PeerJob.Now(number));
        }
    }

    // By a thread of its own: a timer of .NET may round a millisecond up to four, and jobs would come in threes.
    private static async Task SteadyAsync(IJobClient jobs, int count) =>
        await await Task.Factory.StartNew(() => Task.WhenAll(Steady(jobs, count).ToList()),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static IEnumerable<Task> Steady(IJobClient jobs, int count)
    {
        var start = Stopwatch.GetTimestamp();
        for (var sent = 0; sent < count; Thread.Sleep(1))
        {
            var due = Math.Min(count, (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * SteadyPerSecond) + 1);
            for (; sent < due; sent++)
                yield return jobs.EnqueueAsync(PeerJob.Now(sent));
        }
    }
}

/// <summary>The payload that every peer carries.</summary>
/// <param name="Sent">Of the monotonic clock, when the caller began to enqueue it.</param>
[Job("bench.peer")]
internal sealed record PeerJob(int Number, long Sent)
{
    public static PeerJob Now(int number) => new(number, Stopwatch.GetTimestamp());
}

internal sealed class PeerJobHandler(PeerMarks marks) : IJobHandler<PeerJob>
{
    public Task<JobResult> RunAsync(PeerJob args, JobContext job, CancellationToken stop)
    {
        marks.Add(args.Sent);
        return Task.FromResult(JobResult.Complete);
    }
}

/// <summary>Says when a tenth of the jobs ran, which warmed the worker up, and when the last one did.</summary>
internal sealed class PeerMarks(int count)
{
    private readonly int _warm = (count + 9) / 10;
    private int _seen;
    private long _start;

    /// <summary>Null where only the rate is asked for.</summary>
    public List<double>? Waits { get; init; }

    public void Add(long sent)
    {
        var now = Stopwatch.GetTimestamp();
        if (Waits is not null)
            AddWait(Stopwatch.GetElapsedTime(sent, now).TotalMilliseconds);
        else
            AddCount(Interlocked.Increment(ref _seen), now);
    }

    private void AddCount(int seen, long now)
    {
        if (seen == _warm)
        {
            _start = now;
            DriverLine.Say(new("warm"));
        }
        if (seen == count)
            DriverLine.Say(new("done", count - _warm, Stopwatch.GetElapsedTime(_start, now).TotalSeconds));
    }

    private void AddWait(double waitMs)
    {
        lock (Waits!)
        {
            Waits.Add(waitMs);
            if (Waits.Count == count)
                DriverLine.Say(new("done", count) { WaitsMs = Waits });
        }
    }
}

/// <summary>What a driver says, on a line.</summary>
internal sealed record DriverLine(string Event, int Jobs = 0, double Seconds = 0)
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public List<double>? WaitsMs { get; init; }

    /// <summary>When the first schedule is due first.</summary>
    public long? Anchor { get; init; }

    /// <summary>Number of the schedule, due time, start.</summary>
    public List<long[]>? Runs { get; init; }

    public static void Say(DriverLine line) => Console.Out.WriteLine(JsonSerializer.Serialize(line, Options));
}
