using System.Diagnostics;
using Npgsql;

namespace Rota.Postgres;

/// <summary>The servers that the address names, and connections to the one of them that takes writes.</summary>
/// <remarks>
/// Npgsql has lists of hosts too, and goes through them in order: while the first one is switched off, all callers wait
/// for it again and again. Here the one that takes writes is looked for when the last one failed: all are asked at
/// once, the first to say yes is used, and who comes meanwhile waits for the same answer. The idle connections of the
/// one that failed are dropped: to a host without power each of them would be a time-out of its own.
/// </remarks>
internal sealed class Servers : IAsyncDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    // One that is silent need not be waited for once another one has said no: the next search may meet the new primary.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // A connection outside the pool runs the same few statements, and there is one way to run each. The server would
    // plan a claim anew for some hundred times, which takes it longer than the claim, until it believes so.
    private const string OnePlan = "-c plan_cache_mode=force_generic_plan";

    private readonly Server[] _all;
    private readonly Lock _lock = new();
    private Server? _current;
    private Task<Server>? _search;
    private long _foundAt;

    /// <summary>How often connections were dropped because one had failed: older ones are not worth a try.</summary>
    public int Losses { get; private set; }

    private sealed record Server(NpgsqlDataSource Source, string Direct, string Kept);

    public Servers(NpgsqlConnectionStringBuilder connection)
    {
        _all = [.. PostgresUrl.Each(connection).Select(one => new Server(
            NpgsqlDataSource.Create(one), Unpooled(one, keepAlive: 10), Unpooled(one, keepAlive: 0)))];
        _current = _all.Length == 1 ? _all[0] : null;
    }

    private static string Unpooled(NpgsqlConnectionStringBuilder connection, int keepAlive) =>
        new NpgsqlConnectionStringBuilder(connection.ConnectionString)
        {
            Pooling = false,
            KeepAlive = keepAlive,
            Options = connection.Options is { } options ? $"{options} {OnePlan}" : null,
        }.ConnectionString;

    /// <summary>A connection of the pool.</summary>
    /// <exception cref="StorageException"><c>storage.read_only</c>: of several servers none takes writes.</exception>
    public async ValueTask<NpgsqlConnection> OpenConnectionAsync(CancellationToken stop = default) =>
        await (await CurrentAsync(stop)).Source.OpenConnectionAsync(stop);

    /// <summary>A connection outside the pool, which keeps what it was told: LISTEN.</summary>
    public async Task<NpgsqlConnection> OpenDirectAsync(CancellationToken stop) =>
        await OpenAsync((await CurrentAsync(stop)).Direct, stop);

    /// <summary>One outside the pool that rests between calls. Nobody asks meanwhile whether it lives: a dead one fails
    /// as one of the pool does, when it is used.</summary>
    public async Task<NpgsqlConnection> OpenKeptAsync(CancellationToken stop) =>
        await OpenAsync((await CurrentAsync(stop)).Kept, stop);

    private static async Task<NpgsqlConnection> OpenAsync(string address, CancellationToken stop)
    {
        var connection = new NpgsqlConnection(address);
        try
        {
            await connection.OpenAsync(stop);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The server of late may be gone, or a standby now: the next caller looks for the one that takes writes.
    /// </summary>
    public void Suspect()
    {
        lock (_lock)
        {
            // What fails right behind a search began before it.
            if (_current is not { } server || (_foundAt != 0 && Stopwatch.GetElapsedTime(_foundAt) < Rest))
                return;
            server.Source.Clear();
            Losses++;
            _foundAt = Stopwatch.GetTimestamp();
            if (_all.Length > 1)
                _current = null;
        }
    }

    private ValueTask<Server> CurrentAsync(CancellationToken stop)
    {
        lock (_lock)
        {
            if (_current is { } server)
                return ValueTask.FromResult(server);
            if (_search is null or { IsCompleted: true })
                _search = Task.Run(SearchAsync, CancellationToken.None);
            return new ValueTask<Server>(_search.WaitAsync(stop));
        }
    }

    private async Task<Server> SearchAsync()
    {
        var errors = new List<Exception>();
        var asked = _all.Select(TakesWritesAsync).ToList();
        var patience = new TaskCompletionSource().Task;
        while (asked.Count > 0 && await Task.WhenAny([.. asked, patience]) is Task<Server?> answer)
        {
            asked.Remove(answer);
            try
            {
                if (await answer is { } server)
                {
                    lock (_lock)
                        (_current, _foundAt) = (server, Stopwatch.GetTimestamp());
                    return server;
                }
                patience = Task.Delay(Patience, TimeProvider.System);
            }
            catch (Exception error) when (error is NpgsqlException or TimeoutException or IOException)
            {
                errors.Add(error);
            }
        }
        // What a server refuses says more than that others are silent.
        throw errors.Find(error => error is PostgresException
            && PostgresErrors.From(error) is not StorageException { Code: "storage.unreachable" })
            ?? (errors.Count == _all.Length ? errors[0] : new StorageException("storage.read_only",
                "None of the database's servers takes writes.",
                "A new primary may be on its way: Rota looks again by itself.", errors.FirstOrDefault()));
    }

    /// <returns>Null when it is a standby, or set to read only.</returns>
    private static async Task<Server?> TakesWritesAsync(Server server)
    {
        await using var connection = await server.Source.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("SHOW transaction_read_only", connection);
        return await command.ExecuteScalarAsync() is "off" ? server : null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _all)
            await server.Source.DisposeAsync();
    }
}
