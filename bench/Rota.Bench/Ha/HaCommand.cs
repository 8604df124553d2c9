using System.Diagnostics;
using Npgsql;
using Rota.Postgres;

namespace Rota.Bench;

/// <summary>Takes the primary of a PostgreSQL cluster away under load, again and again, then accounts for every job.
/// </summary>
internal static class HaCommand
{
    public const string Name = "ha";
    private const int Producers = 4;
    private static readonly TimeSpan LoadBefore = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ElectionMax = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan EndedMax = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan AskPause = TimeSpan.FromMilliseconds(50);

    // A PostgreSQL that is killed alone may be started again by its own Patroni, when no other one is in step.
    private static readonly Death[] Deaths =
    [
        new("postgres killed", (cluster, node) => cluster.KillPostgres(node), (_, _) => { }, false),
        new("host killed", (cluster, node) => cluster.KillHost(node), (cluster, node) => cluster.Start(node), true),
        new("host frozen", (cluster, node) => cluster.Freeze(node), (cluster, node) => cluster.Thaw(node), true),
    ];

    private sealed record Death(
        string Name, Action<HaCluster, int> Kill, Action<HaCluster, int> Mend, bool IsHost);

    public static async Task<int> RunAsync(BenchOptions options)
    {
        using var folder = new BenchFolder(options.Folder);
        Progress.Say("starting three hosts with etcd, Patroni and PostgreSQL");
        await using var cluster = await HaCluster.StartAsync(options.Folder);
        using var worker = await StartAsync(folder.Path, cluster.Url, producers: 0);
        using var producer = await StartAsync(folder.Path, cluster.Url, Producers);
        var rounds = new List<HaRound>();
        for (var round = 0; round < options.Rounds; round++)
            rounds.Add(await RunRoundAsync(cluster, folder.Path, Deaths[round % Deaths.Length]));
        await EndAsync(producer);
        var primary = await ConnectionAsync(cluster, except: 0);
        await WhenAllEndedAsync(primary);
        await EndAsync(worker);
        var account = await HaAccount.OfAsync(folder.Path, primary, rounds);
        Console.Out.WriteLine(options.IsJson ? account.ToJson() : account.ToTable());
        return account.IsClean ? 0 : 1;
    }

    private static async Task<Process> StartAsync(string folder, string url, int producers)
    {
        var child = ChildProcess.StartQuietly(HaChild.Name, folder, url, $"{producers}");
        return await child.StandardOutput.ReadLineAsync() == "up" ? child
            : throw new InvalidOperationException($"A child did not start: {child.ExitCode}.");
    }

    private static async Task EndAsync(Process child)
    {
        child.StandardInput.Close();
        await child.WaitForExitAsync();
        if (child.ExitCode != 0)
            throw new InvalidOperationException($"A child ended with {child.ExitCode}.");
    }

    private static async Task<HaRound> RunRoundAsync(HaCluster cluster, string folder, Death death)
    {
        var old = await cluster.PrimaryAsync(except: 0, ElectionMax);
        await Task.Delay(LoadBefore);
        Progress.Say($"{death.Name}: {cluster.AddressOf(old)}");
        var killed = DateTime.UtcNow;
        death.Kill(cluster, old);
        var connection = await ConnectionAsync(cluster, except: death.IsHost ? old : 0);
        var elected = DateTime.UtcNow;
        Progress.Say("new primary", (elected - killed).TotalSeconds, "s");
        var ended = Progress.Say("then ended", await FirstEndedAsync(connection, elected), "s");
        death.Mend(cluster, old);
        await cluster.WhenWholeAsync();
        var acknowledged = Progress.Say("then enqueued", FirstAcknowledged(folder, elected), "s");
        return new HaRound(death.Name, (elected - killed).TotalSeconds, acknowledged, ended);
    }

    private static async Task<string> ConnectionAsync(HaCluster cluster, int except)
    {
        var connection = PostgresUrl.Parse(cluster.Url).Connection;
        connection.Host = cluster.AddressOf(await cluster.PrimaryAsync(except, ElectionMax));
        return connection.ConnectionString;
    }

    private static long Micros(DateTime instant) => (instant - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static async Task<double> FirstEndedAsync(string connection, DateTime elected)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        while (DateTime.UtcNow - elected < EndedMax)
        {
            await using var command = database.CreateCommand("""
                SELECT ended_at
                FROM rota.outcome
                WHERE ended_at / 1000000 >= $1 / 1000000 AND started_at > $1
                ORDER BY ended_at
                LIMIT 1
                """);
            command.Parameters.Add(new NpgsqlParameter<long>("", Micros(elected)));
            if (await command.ExecuteScalarAsync() is long ended)
                return (ended - Micros(elected)) / 1e6;
            await Task.Delay(AskPause);
        }
        return EndedMax.TotalSeconds;
    }

    private static double FirstAcknowledged(string folder, DateTime elected) =>
        (File.ReadLines(Path.Combine(folder, "acknowledged"))
            .Select(line => long.Parse(line[(line.IndexOf(' ') + 1)..]))
            .Where(at => at > Micros(elected))
            .Append(Micros(elected + EndedMax))
            .Min() - Micros(elected)) / 1e6;

    private static async Task WhenAllEndedAsync(string connection)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        for (var start = DateTime.UtcNow; DateTime.UtcNow - start < EndedMax;)
        {
            await using var command = database.CreateCommand("""
                SELECT EXISTS (SELECT 1 FROM rota.ready) OR EXISTS (SELECT 1 FROM rota.running)
                    OR EXISTS (SELECT 1 FROM rota.waiting)
                """);
            if (await command.ExecuteScalarAsync() is false)
                return;
            await Task.Delay(AskPause);
        }
    }
}
