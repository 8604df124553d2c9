using System.Diagnostics;
using System.Text.Json;
using Rota.Sqlite;
using Rota.Sqlite.Native;

namespace Rota.Bench;

/// <summary>What SQLite does for one thread, without an await.</summary>
internal sealed class SqliteRawSql : IRawSql
{
    private const int Batch = 100;

    private readonly SqliteConnection _db;
    private readonly Checkpointer _checkpointer;
    private readonly byte[] _args = JsonSerializer.SerializeToUtf8Bytes(Noop.Now(1_000), RotaJson.Options);
    private long _id;

    public SqliteRawSql(string path)
    {
        _db = new SqliteConnection(path, readOnly: false);
        _db.Execute(SqliteWriter.Pragmas);
        Migrator.Migrate(_db);
        _checkpointer = new Checkpointer(path);
    }

    public Task<double> InsertOneAsync(int count) => Task.FromResult(Insert(count, 1));

    public Task<double> InsertHundredAsync(int count) => Task.FromResult(Insert(count, Batch));

    public Task<double> ClaimCompleteAsync(int count)
    {
        Insert(count, Batch);
        var start = Stopwatch.GetTimestamp();
        for (var done = 0; done < count; done += Batch)
        {
            List<long> claimed = [];
            Commit(() => claimed = Claim());
            Commit(() => claimed.ForEach(End));
        }
        return Task.FromResult(count / Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private double Insert(int count, int batch)
    {
        var start = Stopwatch.GetTimestamp();
        for (var done = 0; done < count; done += batch)
        {
            Commit(() =>
            {
                for (var at = 0; at < batch; at++)
                    Insert();
            });
        }
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private void Commit(Action body)
    {
        _db.Run("BEGIN IMMEDIATE");
        body();
        _db.Run("COMMIT");
        _checkpointer.AfterCommit(_db);
    }

    private void Insert()
    {
        var id = ++_id;
        _db.Run("""
            INSERT INTO job (id, kind, queue, priority, project, args, created_at)
            VALUES (?1, 'bench.noop', 'default', 5, 'default', ?2, ?3)
            """, id, _args, Stopwatch.GetTimestamp());
        _db.Run("INSERT INTO ready (queue, priority, id, attempt, crashes) VALUES ('default', 5, ?1, 0, 0)", id);
    }

    private List<long> Claim()
    {
        var claimed = new List<long>(Batch);
        using (var rows = _db.Query("""
            SELECT ready.id, job.kind, job.args
            FROM ready
            CROSS JOIN job ON job.id = ready.id
            WHERE ready.queue = 'default'
            ORDER BY ready.priority, ready.id
            LIMIT ?1
            """, Batch))
        {
            while (rows.Next())
            {
                _ = rows.Span(2);
                claimed.Add(rows.Int64(0));
            }
        }
        foreach (var id in claimed)
        {
            _db.Run("DELETE FROM ready WHERE queue = 'default' AND priority = 5 AND id = ?1", id);
            _db.Run("""
                INSERT INTO running (id, token, node, attempt, crashes, started_at, is_prefetched)
                VALUES (?1, ?1, 'bench', 1, 0, ?2, 0)
                """, id, Stopwatch.GetTimestamp());
        }
        return claimed;
    }

    private void End(long id)
    {
        _db.Run("DELETE FROM running WHERE id = ?1 AND token = ?1", id);
        _db.Run("""
            INSERT INTO outcome (id, kind, queue, state, reason, attempt, node, started_at, ended_at)
            VALUES (?1, 'bench.noop', 'default', 5, 0, 1, 'bench', ?2, ?2)
            """, id, Stopwatch.GetTimestamp());
    }

    public ValueTask DisposeAsync()
    {
        _checkpointer.Dispose();
        _db.Dispose();
        return ValueTask.CompletedTask;
    }
}
