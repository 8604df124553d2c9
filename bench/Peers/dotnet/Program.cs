using System.Diagnostics;
using Quartz;
using Rota.Bench.Quartz;

// The driver of Quartz with its store in PostgreSQL, or in memory: docs/performance.md has the protocol.
const int BulkSize = 1_000, WarmCalls = 1_000, Callers = 16, SteadyPerSecond = 500;
var (command, count, address) = (args[0], int.Parse(args[1]), new Uri(args[2]));
await using var scheduler = new Schedules(await BuildAsync());

switch (command)
{
    case "init":
        return;
    case "schedules":
        var anchor = await scheduler.EverySecondAsync(count);
        await scheduler.StartAsync();
        Marks.Say(new { @event = "ready", anchor });
        Console.In.ReadLine();
        Marks.Say(new { @event = "done", runs = Tick.Runs });
        break;
    case "drain":
        Marks.Expect(count, withWaits: false);
        Ready();
        await scheduler.StartAsync();
        break;
    case "paced" or "steady":
        // In one process: a scheduler hears of another's jobs only when it looks for them, every half minute.
        Marks.Expect(count, withWaits: true);
        await scheduler.StartAsync();
        Ready();
        await SendAsync(command, count);
        break;
    default:
        if (command is "enqueue" or "enqueue_16")
            await SendAsync(command, WarmCalls);
        if (command is "bulk")
            await SendAsync(command, BulkSize);
        Ready();
        var start = Stopwatch.GetTimestamp();
        await SendAsync(command, count);
        Marks.SayDone(count, Stopwatch.GetElapsedTime(start));
        break;
}
await Console.In.ReadToEndAsync();
Environment.Exit(0);

void Ready()
{
    Marks.Say(new { @event = "ready" });
    Console.In.ReadLine();
}

Task<IScheduler> BuildAsync()
{
    const int Threads = 50, BatchMost = 50;
    return QuartzSchedulerBuilder.Create(quartz =>
    {
        quartz.UseDefaultThreadPool(Threads);
        quartz.ConfigureScheduler(options =>
            (options.InstanceName, options.InstanceId, options.MaxBatchSize) = ("bench", "one", BatchMost));
        if (address.Scheme == "memory")
            return;
        quartz.UsePersistentStore(store =>
        {
            store.UsePostgres($"Host={address.Host};Port={address.Port};Username={address.UserInfo};"
                + $"Database={address.AbsolutePath[1..]};Maximum Pool Size=80");
            store.UseSystemTextJsonSerializer();
            store.ProvisionSchema();
        });
    }).BuildScheduler().AsTask();
}

Task SendAsync(string how, int amount) => how switch
{
    "enqueue" => scheduler.EnqueueAsync(amount),
    "enqueue_16" => Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => scheduler.EnqueueAsync(amount / Callers))),
    "bulk" => scheduler.BulkAsync(amount, BulkSize),
    "paced" => scheduler.PacedAsync(amount),
    _ => scheduler.SteadyAsync(amount, SteadyPerSecond),
};
