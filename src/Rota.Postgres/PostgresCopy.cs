using Npgsql;
using Rota.Copies;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>A PostgreSQL schema as one end of a copy.</summary>
/// <remarks>It has no lease and no session: where one is, a Rota runs. None can begin in a target, because a session is
/// refused while the marker stands there, and who stood still for longer than its lease has none any more; a start on a
/// source moves the source's marks.</remarks>
public sealed class PostgresCopy : ICopyStore
{
    // A count of a large history.
    private const int StatementSecondsMax = 3_600;

    private readonly PostgresDatabase _database;
    private readonly string _name;

    private PostgresCopy(PostgresDatabase database, string name) => (_database, _name) = (database, name);

    /// <summary>Opens what is there, only to read; null when the schema is not there.</summary>
    /// <param name="name">The address without its password, for errors.</param>
    /// <exception cref="StorageException"><c>storage.in_use</c>, <c>storage.older</c>, <c>storage.newer</c>, or it
    /// cannot be reached.</exception>
    public static async Task<PostgresCopy?> FindAsync(string url, string name, CancellationToken stop)
    {
        var copy = new PostgresCopy(await PostgresDatabase.ConnectOnlyAsync(url, new StoreSignals(), stop), name);
        try
        {
            if (await copy.IsThereAsync(stop))
            {
                await copy._database.Words.LoadAsync(stop);
                return copy;
            }
        }
        catch
        {
            await copy.DisposeAsync();
            throw;
        }
        await copy.DisposeAsync();
        return null;
    }

    /// <summary>Opens a schema to copy into; makes it when it is missing.</summary>
    /// <exception cref="StorageException">See <see cref="FindAsync"/>.</exception>
    public static async Task<PostgresCopy> CreateAsync(string url, string name, CancellationToken stop)
    {
        var copy = new PostgresCopy(await PostgresDatabase.ConnectOnlyAsync(url, new StoreSignals(), stop), name);
        try
        {
            if (await copy.HasTablesAsync(stop))
                await copy.RunAsync(copy.RefuseSessionsAsync, stop);
            await Migrator.MigrateAsync(copy._database, stop);
            await copy._database.Words.LoadAsync(stop);
            return copy;
        }
        catch
        {
            await copy.DisposeAsync();
            throw;
        }
    }

    private Task<bool> HasTablesAsync(CancellationToken stop) => _database.FindAsync(
        "SELECT to_regclass('rota.migration') IS NOT NULL", rows => rows.GetBoolean(0), stop);

    private async Task<bool> IsThereAsync(CancellationToken stop)
    {
        if (!await HasTablesAsync(stop))
            return false;
        var known = MigrationScript.Of(typeof(Migrator).Assembly)[^1].Number;
        var found = await _database.FindAsync("SELECT max(number) FROM rota.migration", rows => rows.GetInt32(0), stop);
        if (found > known)
            throw MigrationScript.Newer(found, known);
        if (found < known)
            throw CopyErrors.Older(_name, found, known);
        return await RunAsync(RefuseSessionsAsync, stop);
    }

    private async Task<bool> RefuseSessionsAsync(PostgresSession session) =>
        await session.FindAsync("SELECT true FROM rota.session WHERE seen_at > clock_timestamp() - $1 LIMIT 1",
            rows => rows.GetBoolean(0), Lease.Length) ? throw CopyErrors.InUse(_name) : true;

    public Task<IReadOnlyList<long>> CountAsync(CancellationToken stop) => RunAsync(CountAsync, stop);

    private static async Task<IReadOnlyList<long>> CountAsync(PostgresSession session)
    {
        await ScanAsync(session);
        return await session.ListAsync("""
            SELECT 0 AS place, count(*) FROM rota.job
            UNION ALL SELECT 1, count(*) FROM rota.job_tag
            UNION ALL SELECT 2, count(*) FROM rota.ready
            UNION ALL SELECT 3, count(*) FROM rota.running
            UNION ALL SELECT 4, count(*) FROM rota.waiting
            UNION ALL SELECT 5, count(*) FROM rota.outcome
            UNION ALL SELECT 6, count(*) FROM rota.output
            UNION ALL SELECT 7, count(*) FROM rota.attempt
            UNION ALL SELECT 8, count(*) FROM rota.log
            UNION ALL SELECT 9, count(*) FROM rota.dependency
            UNION ALL SELECT 10, count(*) FROM rota.job_edge
            UNION ALL SELECT 11, count(*) FROM rota.unique_key
            UNION ALL SELECT 12, count(*) FROM rota.queue
            UNION ALL SELECT 13, count(*) FROM rota.schedule
            UNION ALL SELECT 14, count(*) FROM rota.schedule_due
            UNION ALL SELECT 15, count(*) FROM rota.occurrence
            UNION ALL SELECT 16, count(*) FROM rota.schedule_version
            UNION ALL SELECT 17, count(*) FROM rota.secret
            UNION ALL SELECT 18, count(*) FROM rota.memory
            UNION ALL SELECT 19, count(*) FROM rota.user
            UNION ALL SELECT 20, count(*) FROM rota.token
            UNION ALL SELECT 21, count(*) FROM rota.audit
            UNION ALL SELECT 22, count(*) FROM rota.webhook
            UNION ALL SELECT 23, count(*) FROM rota.setting WHERE name = 'key_fingerprint'
            ORDER BY place
            """, rows => rows.GetInt64(1));
    }

    /// <summary>Lets the transaction read whole tables, which Rota never does else.</summary>
    private static Task<int> ScanAsync(PostgresSession session) => session.RunAsync(
        "SELECT set_config('enable_seqscan', 'on', true), set_config('enable_hashjoin', 'on', true)");

    public Task<CopyMarks> ReadMarksAsync(CancellationToken stop) => RunAsync(async session =>
        await session.FindAsync("""
            SELECT
                (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM rota.job_id),
                (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM rota.job_token),
                coalesce(pg_sequence_last_value(pg_get_serial_sequence('rota.session', 'id')::regclass), 0)
            """, rows => new CopyMarks(rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2))), stop);

    public async Task<CopyPage> ReadAsync(
        CopyTable table, IReadOnlyList<CopyValue> after, int limit, CancellationToken stop)
    {
        var page = await RunAsync(session => ReadAsync(session, table, after, limit, stop), stop);
        await FillWordsAsync(page, stop);
        return page;
    }

    private async Task<CopyPage> ReadAsync(PostgresSession session, CopyTable table, IReadOnlyList<CopyValue> after,
        int limit, CancellationToken stop)
    {
        var key = new object?[table.KeyLength + 1];
        for (var column = 0; column < table.KeyLength; column++)
        {
            key[column] = table.Columns[column].Type == CopyType.Integer
                ? after.Count > 0 ? after[column].Integer : long.MinValue
                : after.Count > 0 ? after[column].Text : "";
        }
        key[^1] = limit;
        return await session.BatchAsync([new Statement(PostgresCopyTables.Of(table).Read, key)], async rows =>
        {
            var page = new CopyPage(table);
            while (!page.IsFull && await rows.ReadAsync(stop))
            {
                for (var column = 0; column < table.Columns.Count; column++)
                    page.Add(Read(rows, column, table.Columns[column].Type));
            }
            return page;
        });
    }

    /// <returns>Of a word, its number.</returns>
    private static CopyValue Read(NpgsqlDataReader rows, int column, CopyType type) =>
        rows.IsDBNull(column) ? CopyValue.Null : type switch
        {
            CopyType.Integer or CopyType.Word => CopyValue.Of(rows.GetInt64(column)),
            CopyType.Real => CopyValue.Of(rows.GetDouble(column)),
            CopyType.Blob => CopyValue.Of(rows.GetFieldValue<byte[]>(column)),
            _ => CopyValue.Of(rows.GetString(column)),
        };

    private async Task FillWordsAsync(CopyPage page, CancellationToken stop)
    {
        var words = _database.Words;
        foreach (var column in WordsOf(page.Table))
        {
            await words.LoadAsync(Enumerable.Range(0, page.Count).Where(row => !page[row][column].IsNull)
                .Select(row => (int)page[row][column].Integer), stop);
            for (var row = 0; row < page.Count; row++)
            {
                if (!page[row][column].IsNull)
                    page.Replace(row, column, CopyValue.Of(words.Text((int)page[row][column].Integer)));
            }
        }
    }

    private static IEnumerable<int> WordsOf(CopyTable table) => Enumerable.Range(0, table.Columns.Count)
        .Where(column => table.Columns[column].Type == CopyType.Word);

    public Task<string?> FindMarkerAsync(CancellationToken stop) => RunAsync(session =>
        session.FindAsync("SELECT value FROM rota.setting WHERE name = $1", rows => rows.GetString(0),
            CopyMarker.Setting), stop);

    public Task BeginAsync(string marker, CancellationToken stop) => RunAsync(async session =>
    {
        // Who begins a session now waits, and then sees the marker.
        await session.RunAsync("LOCK TABLE rota.session IN SHARE ROW EXCLUSIVE MODE");
        await RefuseSessionsAsync(session);
        await session.RunAsync("DELETE FROM rota.session"); // or a process that stood still would renew its lease
        var counts = await CountAsync(session);
        if (counts.Any(count => count > 0))
            throw CopyErrors.NotEmpty(counts);
        return await session.RunAsync("INSERT INTO rota.setting (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            CopyMarker.Setting, marker) == 1 ? true : throw CopyErrors.OtherCopy();
    }, stop);

    public Task ClearAsync(string old, string marker, CancellationToken stop) => RunAsync(async session =>
    {
        await MoveAsync(session, old, marker);
        await session.RunAsync("""
            TRUNCATE rota.job, rota.job_tag, rota.job_retry, rota.ready, rota.running, rota.waiting, rota.outcome,
                rota.outcome_error, rota.output, rota.attempt, rota.log, rota.dependency, rota.job_edge,
                rota.unique_key, rota.queue, rota.schedule, rota.schedule_due, rota.occurrence,
                rota.schedule_version, rota.secret, rota.memory, rota.user, rota.token, rota.audit, rota.webhook
            """);
        return await session.RunAsync("DELETE FROM rota.setting WHERE name = 'key_fingerprint'");
    }, stop);

    public async Task WriteAsync(CopyPage page, string old, string marker, CancellationToken stop)
    {
        foreach (var column in WordsOf(page.Table))
        {
            for (var row = 0; row < page.Count; row++)
            {
                if (!page[row][column].IsNull)
                    await _database.Words.AddAsync(page[row][column].Text, stop);
            }
        }
        await RunAsync(async session =>
        {
            await MoveAsync(session, old, marker);
            return await session.RunAsync(PostgresCopyTables.Of(page.Table).Write,
                [.. page.Table.Columns.Select((_, column) => Column(page, column)), JobOptions.DefaultMaxAttempts]);
        }, stop);
    }

    private object Column(CopyPage page, int column) => page.Table.Columns[column].Type switch
    {
        CopyType.Integer => Values(page, column, value => (long?)value.Integer),
        CopyType.Real => Values(page, column, value => (double?)value.Real),
        CopyType.Blob => Values(page, column, value => value.Blob),
        CopyType.Word => Values(page, column, value => (long?)_database.Words.Number(value.Text)),
        _ => Values(page, column, value => value.Text),
    };

    private static T?[] Values<T>(CopyPage page, int column, Func<CopyValue, T> read)
    {
        var values = new T?[page.Count];
        for (var row = 0; row < values.Length; row++)
            values[row] = page[row][column] is { IsNull: false } value ? read(value) : default;
        return values;
    }

    // A page that a power cut takes is copied again: only the end of the copy waits for the disk.
    private static Task<bool> MoveAsync(PostgresSession session, string old, string marker) => session.BatchAsync(
        [
            new Statement("""
                UPDATE rota.setting
                SET value = $3
                WHERE name = $1 AND value = $2
                RETURNING true
                """, CopyMarker.Setting, old, marker),
            new Statement("SELECT set_config('synchronous_commit', 'off', true)"),
        ], async rows => await rows.ReadAsync() ? true : throw CopyErrors.OtherCopy());

    public Task FinishAsync(CopyMarks marks, string old, CancellationToken stop) => RunAsync(async session =>
    {
        await ScanAsync(session);
        await session.BatchAsync(Derive);
        await session.ListAsync("""
            SELECT setval('rota.job_id', greatest(last_value, $1, 1), is_called OR $1 > 0) FROM rota.job_id
            UNION ALL
            SELECT setval('rota.job_token', greatest(last_value, $2, 1), is_called OR $2 > 0) FROM rota.job_token
            UNION ALL
            SELECT setval(pg_get_serial_sequence('rota.audit', 'id'), max(id)) FROM rota.audit HAVING max(id) > 0
            """, _ => true, marks.JobId, marks.Token);
        return await session.RunAsync("DELETE FROM rota.setting WHERE name = $1 AND value = $2",
            CopyMarker.Setting, old) == 1 ? true : throw CopyErrors.OtherCopy();
    }, stop);

    private static Statement[] Derive =>
    [
        new("DELETE FROM rota.counter_step"),
        new("DELETE FROM rota.counter"),
        new("""
            INSERT INTO rota.counter (route, state, n, newest)
            SELECT route, state, count(*), max(id)
            FROM (
                SELECT route, 2 AS state, id FROM rota.ready
                UNION ALL SELECT route, 3, id FROM rota.running
                UNION ALL SELECT route, state, id FROM rota.waiting
                UNION ALL SELECT route, state, id FROM rota.outcome
            ) AS place
            GROUP BY route, state
            """),
    ];

    /// <summary>One transaction, which may take its time.</summary>
    private async Task<T> RunAsync<T>(Func<PostgresSession, Task<T>> body, CancellationToken stop)
    {
        try
        {
            await using var connection = await _database.Source.OpenConnectionAsync(stop);
            await using var transaction = await connection.BeginTransactionAsync(stop);
            var result = await body(new PostgresSession(_database, connection, StatementSecondsMax, stop));
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        catch (Exception error) when (PostgresErrors.IsKnown(error))
        {
            throw PostgresErrors.From(error);
        }
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
