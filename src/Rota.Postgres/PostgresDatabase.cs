using System.Runtime.CompilerServices;
using Npgsql;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>One PostgreSQL database and schema; any number of processes may work on it.</summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    private const int CollisionsMax = 10;
    private const int VersionLeast = 14; // client_connection_check_interval

    // Every statement of Rota walks indexes. A plan that was made while the tables were empty would scan them.
    private const string Plans = "-c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off "
        + "-c enable_mergejoin=off -c max_parallel_workers_per_gather=0 -c jit=off";

    // A process that was stopped, or cut off, in the middle of a transaction holds its rows against all others until
    // the server lets it go: in seconds, not in the two hours of TCP.
    private const string LettingGo = "-c idle_in_transaction_session_timeout=10s -c tcp_keepalives_idle=5 "
        + "-c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10s "
        + "-c client_connection_check_interval=1s"; // a search that nobody waits for any more ends

    // Says that the options have arrived.
    private const string Mark = "-c rota.is_direct=on";

    // By reference, and only as long as the original is there: many are made at run time.
    private readonly ConditionalWeakTable<string, string> _statements = [];
    private readonly string _schema;

    private PostgresDatabase(Servers source, string schema, StoreSignals signals, bool isPooled)
    {
        (Source, _schema, Signals, IsPooled) = (source, schema, signals, isPooled);
        Words = new Words(this);
        Routes = new Routes(this);
        Lanes = new LaneBook(this);
        Lease = new Lease(this);
        Wakeups = new Wakeups(this);
        Commits = new CommitWatch(this);
        Handover = new Handover(this);
        Signals.Room.Stopped += Handover.TakeBack;
    }

    internal Servers Source { get; }

    internal StoreSignals Signals { get; }

    internal Words Words { get; }

    internal Routes Routes { get; }

    internal LaneBook Lanes { get; }

    internal Lease Lease { get; }

    internal Wakeups Wakeups { get; }

    internal CommitWatch Commits { get; }

    internal Handover Handover { get; }

    internal DatabaseClock Clock { get; } = new();

    /// <summary>As many groups of new jobs are on their way at once.</summary>
    internal IReadOnlyList<KeptConnection> Enqueuing { get; } = [new(), new()];

    internal KeptConnection Claiming { get; } = new();

    internal KeptConnection Ending { get; } = new();

    internal KeptConnection Telling { get; } = new();

    internal HeldTokens Held { get; } = new();

    /// <summary>Number of the worker's node; 0 until it first asked for jobs.</summary>
    internal int Node { get; set; }

    /// <summary>A read that takes longer is stopped: it must not hold a connection, and nobody waits for it. A test on
    /// a busy machine may raise it.</summary>
    internal int ReadSecondsMax { get; set; } = 2;

    /// <summary>Of looks at all that runs, for jobs whose process is gone.</summary>
    internal Pace RescueLooks { get; } = new();

    /// <summary>Of adding steps to their counters.</summary>
    internal Pace Folds { get; } = new();

    /// <summary>Ended jobs up to here were looked at by the prune of this process and are kept longer.</summary>
    internal (long Second, long Id) PrunedTo { get; set; }

    /// <summary>Whether a transaction pooler stands between: then nothing of a session may be kept.</summary>
    public bool IsPooled { get; }

    /// <summary>Connects and brings the schema up to date.</summary>
    /// <param name="url">See <see cref="PostgresUrl"/>.</param>
    /// <exception cref="InvalidFieldException">The address is wrong.</exception>
    /// <exception cref="StorageException">It cannot be reached, refuses, or was written by a newer Rota.</exception>
    public static async Task<PostgresDatabase> OpenAsync(string url, StoreSignals signals, CancellationToken stop)
    {
        var database = await ConnectOnlyAsync(url, signals, stop);
        try
        {
            await Migrator.MigrateAsync(database, stop);
            await database.Words.LoadAsync(stop);
            await database.Lease.StartAsync(stop);
            database.Wakeups.Start();
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Connects and takes no part in the work: without a lease and without news.</summary>
    internal static async Task<PostgresDatabase> ConnectOnlyAsync(
        string url, StoreSignals signals, CancellationToken stop)
    {
        var (connection, schema) = PostgresUrl.Parse(url);
        var (source, isPooled) = await ConnectAsync(connection, stop);
        return new PostgresDatabase(source, schema, signals, isPooled);
    }

    /// <summary>A pooler is known by what it does with start-up options: it refuses them, or drops them.</summary>
    private static async Task<(Servers Source, bool IsPooled)> ConnectAsync(
        NpgsqlConnectionStringBuilder connection, CancellationToken stop)
    {
        connection.ApplicationName ??= "rota";
        if (!connection.ShouldSerialize("Timeout"))
            connection.Timeout = 5;
        if (!connection.ShouldSerialize("Command Timeout"))
            connection.CommandTimeout = 10;
        // What answers once it is canceled is not heard: PostgreSQL calls a commit a success whose wait for a standby
        // was canceled, although no standby has it.
        connection.CancellationTimeout = -1;
        connection.TcpKeepAlive = true;
        connection.TcpKeepAliveTime = 5;
        connection.TcpKeepAliveInterval = 2;
        // No statement leaves anything behind in its connection, so that there is nothing to reset.
        connection.NoResetOnClose = true;
        var direct = new NpgsqlConnectionStringBuilder(connection.ConnectionString)
        {
            Options = string.Join(' ', Plans, LettingGo, Mark, connection.Options).TrimEnd(),
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
        };
        connection.Options = null;
        try
        {
            if (await TryConnectAsync(direct, isPooled: false, stop) is { } source)
                return (source, IsPooled: false);
            return ((await TryConnectAsync(connection, isPooled: true, stop))!, IsPooled: true);
        }
        catch (Exception error) when (PostgresErrors.IsKnown(error))
        {
            throw PostgresErrors.From(error);
        }
        catch (PostgresException error)
        {
            throw PostgresErrors.Refused(error, VersionLeast);
        }
    }

    /// <returns>Null when a pooler stands between.</returns>
    private static async Task<Servers?> TryConnectAsync(
        NpgsqlConnectionStringBuilder connection, bool isPooled, CancellationToken stop)
    {
        var source = new Servers(connection);
        var isRight = false;
        try
        {
            await using var first = await source.OpenConnectionAsync(stop);
            await using var command = new NpgsqlCommand("SELECT current_setting('rota.is_direct', true)", first);
            isRight = isPooled || await command.ExecuteScalarAsync(stop) is "on";
            if (first.PostgreSqlVersion.Major < VersionLeast)
                throw PostgresErrors.TooOld(first.PostgreSqlVersion, VersionLeast);
            return isRight ? source : null;
        }
        catch (PostgresException error) when (!isPooled && IsRefusalOfOptions(error))
        {
            return null;
        }
        finally
        {
            if (!isRight)
                await source.DisposeAsync();
        }
    }

    // PgBouncer: unsupported startup parameter: options; newer ones: unsupported startup parameter in options: ...
    private static bool IsRefusalOfOptions(PostgresException error) =>
        error.MessageText.Contains("options", StringComparison.Ordinal);

    /// <summary>The statement for the configured schema, whose name may be a word of SQL.</summary>
    internal string Sql(string sql) => _schema == PostgresUrl.DefaultSchema ? sql
        : _statements.GetValue(sql, sql => sql.Replace("rota.", $"\"{_schema}\".", StringComparison.Ordinal));

    internal string Schema => _schema;

    /// <summary>Statements that only read, each by itself, in bounded time.</summary>
    internal async Task<T> ReadAsync<T>(Func<PostgresSession, Task<T>> body, CancellationToken stop)
    {
        try
        {
            await using var connection = await Source.OpenConnectionAsync(stop);
            return await body(new PostgresSession(this, connection, ReadSecondsMax, stop));
        }
        catch (Exception error) when (PostgresErrors.IsKnown(error))
        {
            throw Known(error, isRead: true)!;
        }
    }

    /// <summary>One transaction; it is run again when it collides with another one. What it woke is told after its
    /// commit.</summary>
    internal Task<T> WriteAsync<T>(Func<PostgresSession, Task<T>> body, CancellationToken stop) =>
        RunAsync(async session =>
        {
            await using var transaction = await session.Connection.BeginTransactionAsync(CancellationToken.None);
            var result = await body(session);
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }, stop);

    /// <summary>Statements inside a transaction of somebody else's. What they woke is told when that is seen to have
    /// committed.</summary>
    internal async Task<T> WithinAsync<T>(
        NpgsqlConnection connection, Func<PostgresSession, Task<T>> body, CancellationToken stop)
    {
        try
        {
            var session = new PostgresSession(this, connection, seconds: null, stop);
            var result = await body(session);
            var transaction = await session.FindAsync("SELECT pg_current_xact_id()::text", rows => rows.GetString(0));
            Commits.Add(transaction!, session.Wakeup);
            return result;
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.UndefinedTable
            or PostgresErrorCodes.InvalidSchemaName)
        {
            throw new InvalidFieldException("transaction", "It is on a database without Rota's tables.",
                "Begin it on a connection to the database that Rota keeps its jobs in.");
        }
        catch (Exception error) when (PostgresErrors.IsKnown(error))
        {
            throw Known(error)!;
        }
    }

    /// <summary>One round trip that commits by itself: a single statement or a batch.</summary>
    /// <remarks>Once begun it is not canceled, so that a caller never has to guess.</remarks>
    /// <param name="kept">A connection that this kind of work has for itself; null: one of the pool.</param>
    internal async Task<T> RunAsync<T>(
        Func<PostgresSession, Task<T>> body, CancellationToken stop, KeptConnection? kept = null)
    {
        for (var collisions = 0; ; collisions++)
        {
            var starts = new Starts(this);
            try
            {
                await using var lent = await KeptConnection.LendAsync(Source, kept, stop);
                var connection = lent.Connection;
                var session = new PostgresSession(this, connection, seconds: null, CancellationToken.None)
                {
                    Starts = starts,
                };
                var result = await body(session);
                lent.IsWell = true;
                starts.Begin();
                Wakeups.Tell(session.Wakeup);
                return result;
            }
            catch (Exception error) when (PostgresErrors.IsCollision(error) && collisions < CollisionsMax)
            {
                // The other transaction went first; now this one can.
            }
            catch (Exception error) when (PostgresErrors.IsKnown(error))
            {
                throw Known(error)!;
            }
            finally
            {
                starts.Drop();
            }
        }
    }

    /// <returns>The error as one that callers can act on, or null when it is a bug.</returns>
    /// <param name="isRead">It may just have been a slow search, which says nothing of the server.</param>
    internal StorageException? Known(Exception error, bool isRead = false)
    {
        var known = PostgresErrors.From(error) as StorageException;
        if (known is { Code: "storage.unreachable" or "storage.read_only" }
            || (!isRead && PostgresErrors.IsSilence(error)))
            Source.Suspect();
        return known;
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    internal Task<int> RunAsync(string sql, CancellationToken stop, params object?[] values) =>
        RunAsync(session => session.RunAsync(sql, values), stop);

    internal Task<List<T>> ListAsync<T>(
        string sql, Func<NpgsqlDataReader, T> read, CancellationToken stop, params object?[] values) =>
        ReadAsync(session => session.ListAsync(sql, read, values), stop);

    internal Task<T?> FindAsync<T>(
        string sql, Func<NpgsqlDataReader, T> read, CancellationToken stop, params object?[] values) =>
        ReadAsync(session => session.FindAsync(sql, read, values), stop);

    public async ValueTask DisposeAsync()
    {
        Signals.Room.Stopped -= Handover.TakeBack;
        await Handover.DisposeAsync();
        await Commits.DisposeAsync();
        await Wakeups.DisposeAsync();
        await Lease.DisposeAsync();
        foreach (var kept in (KeptConnection[])[.. Enqueuing, Claiming, Ending, Telling])
            await kept.DisposeAsync();
        await Source.DisposeAsync();
    }
}
