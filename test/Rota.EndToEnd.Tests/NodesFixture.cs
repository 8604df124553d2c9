using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>A PostgreSQL server, `rota serve` on it, and as many nodes as a test asks for, all of one data folder. What
/// handlers do is to be seen in a folder of notes.</summary>
public sealed class NodesFixture : IAsyncLifetime
{
    /// <summary>The queue that the server works too.</summary>
    public const string SharedQueue = "shared";

    private const string Plugin = """
        /// <param name="Folder">Where the notes are left: one file each, named ID-TOKEN-WHAT.</param>
        /// <param name="Until">The handler ends when this file is there, and not before, whatever it is told.</param>
        [Job("test.note", MaxAttempts = 20)]
        public sealed record Note(string Folder, string Until);

        public sealed class NoteHandler : IJobHandler<Note>
        {
            public async Task<JobResult> RunAsync(Note args, JobContext job, CancellationToken stop)
            {
                Leave("start");
                await using var told = stop.Register(() => Leave($"told-{job.StopReason}"));
                while (!File.Exists(args.Until))
                    await Task.Delay(20);
                Leave("end");
                return JobResult.Complete;

                void Leave(string what) =>
                    File.WriteAllText(Path.Combine(args.Folder, $"{job.Id}-{job.Token}-{what}"), "");
            }
        }
        """;

    private int _count;
    private PostgresServer? _postgres;

    internal PostgresServer Postgres => _postgres!; // set before the first test, or all are skipped

    public RotaProcess Server { get; } = new();

    public async ValueTask InitializeAsync()
    {
        if (PostgresServer.Programs is null && Environment.GetEnvironmentVariable("CI") is not { Length: > 0 })
            return;
        _postgres = await PostgresServer.StartAsync("-c fsync=off");
        var folder = Directory.CreateDirectory(Path.Combine(Server.Plugins, "note")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "note.cs"), Plugin);
        Set(Server, "server", SharedQueue, Postgres.Url);
        await Server.StartAsync();
        await RotaProcess.WaitAsync(IsLoadedAsync, "the handler is loaded");
    }

    private async Task<bool> IsLoadedAsync() => (await Server.GetAsync("plugins")).GetProperty("items")
        .EnumerateArray().Any(plugin => plugin.GetProperty("state").GetString() == "loaded");

    private static void Set(RotaProcess process, string node, string queue, string url)
    {
        process.Environment["ROTA_DATABASE"] = url;
        process.Environment["ROTA_LOG_DIR"] = Path.Combine(process.Folder, $"logs-{node}");
        process.Environment["ROTA_WORKERS__NODE"] = node;
        process.Environment["ROTA_WORKERS__QUEUES__0"] = queue;
        process.Environment["ROTA_WORKERS__CONCURRENCY"] = "4";
        process.Environment["ROTA_WORKERS__PREFETCH"] = "0"; // what one has no slot for, another one starts at once
    }

    /// <summary>Starts `rota serve` of another program, with a data folder of its own and the first one's
    /// key.</summary>
    public async Task<RotaProcess> StartServerAsync(string node, string program)
    {
        var process = new RotaProcess { Runs = program };
        Set(process, node, SharedQueue, Postgres.Url);
        process.Environment["ROTA_PLUGINS"] = Server.Plugins;
        process.Environment["ROTA_FERNET_KEY_PATH"] = Path.Combine(Server.Data, "fernet.key");
        return await process.StartAsync();
    }

    /// <summary>Starts `rota work` and returns when it works.</summary>
    /// <param name="url">Where it finds the database; null: where it is.</param>
    public async Task<RotaProcess> StartNodeAsync(
        string node, string queue, string? url = null, IReadOnlyList<string>? container = null)
    {
        var process = new RotaProcess(Server.Folder) { Container = container ?? [] };
        Set(process, node, queue, url ?? Postgres.Url);
        process.Launch("work");
        await RotaProcess.WaitAsync(() => process.Output.Any(line => line.Contains($"Working as node {node}")),
            $"{node} works");
        return process;
    }

    /// <param name="through">Who is asked; null: the first server.</param>
    public async Task<Notes> NewNotesAsync(string queue, RotaProcess? through = null)
    {
        Assert.SkipUnless(_postgres is not null, "There is no PostgreSQL here; install the package postgresql-15.");
        var folder = Path.Combine(Server.Folder, $"notes-{Interlocked.Increment(ref _count)}");
        await Task.Run(() => Directory.CreateDirectory(folder));
        return new Notes(through ?? Server, folder, queue);
    }

    public static async Task SignalAsync(RotaProcess process, string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{process.Pid}"]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }
}

/// <summary>What the handlers of one test did.</summary>
public sealed class Notes(RotaProcess server, string folder, string queue)
{
    private string Until => Path.Combine(folder, "until");

    public Task<long> EnqueueAsync(object? options = null) =>
        server.EnqueueAsync("test.note", new { folder, until = Until }, options ?? new { queue });

    /// <summary>Lets the handlers end, those that run and those to come.</summary>
    public void Release() => File.WriteAllText(Until, "");

    /// <summary>How often this was noted of a job.</summary>
    public int Count(long id, string what) => Directory.GetFiles(folder, $"{id}-*-{what}").Length;

    /// <summary>All that was noted: a job's number and what, as often as it was.</summary>
    public ILookup<(long Id, string What), string> All() => Directory.GetFiles(folder, "*-*-*")
        .Select(file => Path.GetFileName(file).Split('-', 3))
        .ToLookup(note => (long.Parse(note[0]), note[2]), note => note[1]);

    public Task WaitAsync(long id, string what, int count = 1) => RotaProcess.WaitAsync(
        () => Count(id, what) >= count, $"job {id} has left {count} times '{what}'");

    public async Task<JsonElement> SucceededAsync(long id)
    {
        var job = await server.EndOfAsync(id);
        Assert.Equal("succeeded", job.GetProperty("state").GetString());
        return job;
    }
}
