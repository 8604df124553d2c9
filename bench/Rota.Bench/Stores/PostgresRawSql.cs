using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using Rota.Postgres;
using Rota.Storage;

namespace Rota.Bench;

/// <summary>What PostgreSQL does for one connection with prepared statements.</summary>
internal sealed class PostgresRawSql : IRawSql
{
    private const int Batch = 100;

    private readonly PostgresDatabase _database;
    private readonly NpgsqlConnection _connection;
    private readonly byte[] _args = JsonSerializer.SerializeToUtf8Bytes(Noop.Now(1_000), RotaJson.Options);
    private long _id;

    private PostgresRawSql(PostgresDatabase database, NpgsqlConnection connection) =>
        (_database, _connection) = (database, connection);

    public static async Task<PostgresRawSql> OpenAsync(string url)
    {
        var database = await PostgresDatabase.OpenAsync(url, new StoreSignals(), CancellationToken.None);
        return new PostgresRawSql(database, await database.Source.OpenConnectionAsync());
    }

    public Task<double> InsertOneAsync(int count) => InsertAsync(_connection, count, 1);

    public Task<double> InsertHundredAsync(int count) => InsertAsync(_connection, count, Batch);

    /// <summary>One job a transaction, on many connections at once.</summary>
    public async Task<double> InsertAtOnceAsync(int callers, int count)
    {
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            await using var connection = await _database.Source.OpenConnectionAsync();
            await InsertAsync(connection, count / callers, 1);
        }));
        return count / callers * callers / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private async Task<double> InsertAsync(NpgsqlConnection connection, int count, int batch)
    {
        await using var insert = await PrepareAsync(connection, """
            WITH jobs AS (
                INSERT INTO rota.job (id, created_at, route, project, args)
                SELECT id, 0, 1, 1, args
                FROM unnest($1::bigint[], $2::bytea[]) AS a (id, args)
                RETURNING id
            )
            INSERT INTO rota.ready (id, queue, route, attempt, priority, crashes, is_alone)
            SELECT id, 1, 1, 0, 5, 0, false
            FROM jobs
            """, new NpgsqlParameter<long[]>(), new NpgsqlParameter<byte[][]>());
        var args = Enumerable.Repeat(_args, batch).ToArray();
        var start = Stopwatch.GetTimestamp();
        for (var done = 0; done < count; done += batch)
        {
            ((NpgsqlParameter<long[]>)insert.Parameters[0]).TypedValue =
                [.. Enumerable.Range(0, batch).Select(_ => Interlocked.Increment(ref _id))];
            ((NpgsqlParameter<byte[][]>)insert.Parameters[1]).TypedValue = args;
            await insert.ExecuteNonQueryAsync();
        }
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public async Task<double> ClaimCompleteAsync(int count)
    {
        await InsertHundredAsync(count);
        await using var claim = await PrepareAsync(_connection, """
            WITH taken AS (
                DELETE FROM rota.ready
                WHERE ctid = ANY (ARRAY(
                    SELECT ctid
                    FROM rota.ready
                    WHERE queue = 1 AND priority = 5
                    ORDER BY id
                    LIMIT 100
                    FOR UPDATE SKIP LOCKED
                ))
                RETURNING id
            ), started AS (
                INSERT INTO rota.running (id, token, session, started_at, queue, route, node, attempt, priority,
                    crashes, is_prefetched)
                SELECT id, id, 1, 0, 1, 1, 1, 1, 5, 0, false
                FROM taken
            )
            SELECT j.id, j.args
            FROM taken
            JOIN rota.job j ON j.id = taken.id
            """);
        await using var end = await PrepareAsync(_connection, """
            WITH ended AS (
                DELETE FROM rota.running
                WHERE id = ANY ($1)
                RETURNING id
            )
            INSERT INTO rota.outcome (id, started_at, ended_at, route, node, attempt, state, reason)
            SELECT id, 0, 0, 1, 1, 1, 5, 0
            FROM ended
            """, new NpgsqlParameter<long[]>());
        var start = Stopwatch.GetTimestamp();
        for (var done = 0; done < count; done += Batch)
        {
            var ids = new List<long>(Batch);
            await using (var rows = await claim.ExecuteReaderAsync())
            {
                while (await rows.ReadAsync())
                    ids.Add(rows.GetInt64(0));
            }
            ((NpgsqlParameter<long[]>)end.Parameters[0]).TypedValue = [.. ids];
            await end.ExecuteNonQueryAsync();
        }
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private async Task<NpgsqlCommand> PrepareAsync(
        NpgsqlConnection connection, string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(_database.Sql(sql), connection);
        command.Parameters.AddRange(parameters);
        await command.PrepareAsync();
        return command;
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _database.DisposeAsync();
    }
}
