using Rota.Copies;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>A SQLite file as one end of a copy. It is owned as by a running Rota, so that none starts on it
/// meanwhile.</summary>
/// <remarks>One connection, one call at a time. Calls go on on another thread, so that the other end of the copy works
/// at the same time.</remarks>
public sealed class SqliteCopy : ICopyStore
{
    // A page that a power cut takes is copied again: only the end of the copy waits for the disk.
    private const string TargetPragmas = "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000;";
    private const string SourcePragmas = "PRAGMA query_only = 1; PRAGMA mmap_size = 268435456;";
    private const int TokenBits = 32;

    private readonly FileStream _owner;
    private readonly SqliteConnection _db;

    private SqliteCopy(FileStream owner, SqliteConnection db) => (_owner, _db) = (owner, db);

    /// <summary>Opens what is there, only to read; null when there is no database.</summary>
    /// <exception cref="StorageException"><c>storage.in_use</c>, <c>storage.older</c>, <c>storage.newer</c>,
    /// <c>storage.foreign</c>, or it cannot be opened.</exception>
    public static SqliteCopy? Find(string path)
    {
        if (!File.Exists(path))
            return null;
        var copy = Open(path, readOnly: true);
        try
        {
            copy._db.Execute(SourcePragmas);
            if (copy.ReadVersion(path) is var found && found == Known)
                return copy;
            if (found > 0)
                throw CopyErrors.Older(path, found, Known);
        }
        catch
        {
            copy.Close();
            throw;
        }
        copy.Close();
        return null;
    }

    /// <summary>Opens a database to copy into; makes it and its folder when they are missing.</summary>
    /// <exception cref="StorageException"><c>storage.in_use</c>, <c>storage.newer</c>, <c>storage.foreign</c>, or it
    /// cannot be opened.</exception>
    public static SqliteCopy Create(string path)
    {
        MakeFolder(Path.GetDirectoryName(Path.GetFullPath(path))!); // the path names a file
        var copy = Open(path, readOnly: false);
        try
        {
            copy.ReadVersion(path);
            copy._db.Execute(SqliteWriter.Pragmas);
            copy._db.Execute(TargetPragmas);
            Migrator.Migrate(copy._db);
            return copy;
        }
        catch
        {
            copy.Close();
            throw;
        }
    }

    private static int Known => MigrationScript.Of(typeof(Migrator).Assembly)[^1].Number;

    /// <returns>0 when nothing is there.</returns>
    private int ReadVersion(string path)
    {
        var found = Migrator.ReadVersion(_db);
        if (found == 0 && Number("SELECT count(*) FROM sqlite_schema") > 0)
            throw CopyErrors.Foreign(path);
        return found <= Known ? found : throw MigrationScript.Newer(found, Known);
    }

    /// <summary>Keeps Rota off a database that is not wholly copied.</summary>
    /// <exception cref="StorageException"><c>storage.half_copied</c>.</exception>
    internal static void RefuseHalf(SqliteConnection db)
    {
        using var rows = db.Query("SELECT 1 FROM setting WHERE name = ?1", CopyMarker.Setting);
        if (rows.Next())
            throw CopyErrors.HalfCopied();
    }

    private static SqliteCopy Open(string path, bool readOnly)
    {
        FileStream owner;
        try
        {
            owner = SqliteDatabase.Own(path);
        }
        catch (StorageException error) when (error.Code == "storage.owned")
        {
            throw CopyErrors.InUse(path);
        }
        try
        {
            return new SqliteCopy(owner, new SqliteConnection(path, readOnly));
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }

    // For its owner only, as the data folder of a server.
    private static void MakeFolder(string folder)
    {
        if (Directory.Exists(folder))
            return;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public async Task<IReadOnlyList<long>> CountAsync(CancellationToken stop)
    {
        await Task.Yield();
        var counts = new List<long>();
        using var rows = _db.Query(SqliteCopyTables.Count);
        while (rows.Next())
            counts.Add(rows.Int64(1));
        return counts;
    }

    /// <remarks>A token is the number of a start and, behind it, a number within that start.</remarks>
    public Task<CopyMarks> ReadMarksAsync(CancellationToken stop)
    {
        var epoch = Setting("epoch");
        var highest = Math.Max(Setting("last_job_id"), Number("SELECT max(id) FROM job"));
        return Task.FromResult(new CopyMarks(highest, ((epoch + 1) << TokenBits) - 1, epoch));
    }

    public async Task<CopyPage> ReadAsync(
        CopyTable table, IReadOnlyList<CopyValue> after, int limit, CancellationToken stop)
    {
        await Task.Yield();
        stop.ThrowIfCancellationRequested();
        var key = new SqlValue[table.KeyLength + 1];
        for (var column = 0; column < table.KeyLength; column++)
        {
            key[column] = after.Count > 0 ? ToSql(table.Columns[column].Type, after[column])
                : table.Columns[column].Type == CopyType.Integer ? long.MinValue
                : "";
        }
        key[^1] = limit;
        var page = new CopyPage(table);
        using var rows = _db.Query(SqliteCopyTables.Of(table).Read, key);
        while (!page.IsFull && rows.Next())
        {
            for (var column = 0; column < table.Columns.Count; column++)
                page.Add(Read(rows, column, table.Columns[column].Type));
        }
        return page;
    }

    private static CopyValue Read(in Rows rows, int column, CopyType type) =>
        rows.IsNull(column) ? CopyValue.Null : type switch
        {
            CopyType.Integer => CopyValue.Of(rows.Int64(column)),
            CopyType.Real => CopyValue.Of(rows.Double(column)),
            CopyType.Blob => CopyValue.Of(rows.Blob(column)),
            _ => CopyValue.Of(rows.Text(column)),
        };

    private static SqlValue ToSql(CopyType type, CopyValue value) => value.IsNull ? default : type switch
    {
        CopyType.Integer => value.Integer,
        CopyType.Real => value.Real,
        CopyType.Blob => value.Blob,
        _ => value.Text,
    };

    public Task<string?> FindMarkerAsync(CancellationToken stop)
    {
        using var rows = _db.Query("SELECT value FROM setting WHERE name = ?1", CopyMarker.Setting);
        return Task.FromResult(rows.Next() ? rows.Text(0) : null);
    }

    public async Task BeginAsync(string marker, CancellationToken stop)
    {
        var counts = await CountAsync(stop);
        if (counts.Any(count => count > 0))
            throw CopyErrors.NotEmpty(counts);
        _db.Run("INSERT INTO setting (name, value) VALUES (?1, ?2)", CopyMarker.Setting, marker);
    }

    public async Task ClearAsync(string old, string marker, CancellationToken stop)
    {
        await Task.Yield();
        Write(() =>
        {
            _db.Execute(SqliteCopyTables.Clear);
            Move(old, marker);
        });
    }

    public async Task WriteAsync(CopyPage page, string old, string marker, CancellationToken stop)
    {
        await Task.Yield();
        stop.ThrowIfCancellationRequested();
        Write(() =>
        {
            Insert(page);
            Move(old, marker);
        });
    }

    private void Insert(CopyPage page)
    {
        var sql = SqliteCopyTables.Of(page.Table).Write;
        var columns = page.Table.Columns;
        var values = new SqlValue[columns.Count];
        for (var at = 0; at < page.Count; at++)
        {
            var row = page[at];
            for (var column = 0; column < values.Length; column++)
                values[column] = ToSql(columns[column].Type, row[column]);
            _db.Run(sql, values);
        }
    }

    private void Move(string old, string marker)
    {
        var moved = _db.Run("UPDATE setting SET value = ?3 WHERE name = ?1 AND value = ?2",
            CopyMarker.Setting, old, marker);
        if (moved == 0)
            throw CopyErrors.OtherCopy();
    }

    public async Task FinishAsync(CopyMarks marks, string old, CancellationToken stop)
    {
        await Task.Yield();
        _db.Execute("PRAGMA synchronous = FULL");
        Write(() =>
        {
            CountJobs();
            SetAtLeast("last_job_id", marks.JobId);
            // The next start's tokens begin behind every token of the source.
            SetAtLeast("epoch", marks.Token >> TokenBits);
            if (_db.Run("DELETE FROM setting WHERE name = ?1 AND value = ?2", CopyMarker.Setting, old) == 0)
                throw CopyErrors.OtherCopy();
        });
    }

    private void CountJobs()
    {
        _db.Run("DELETE FROM counter");
        _db.Run("""
            INSERT INTO counter (queue, kind, state, n)
            SELECT queue, kind, state, count(*)
            FROM (
                SELECT queue, kind, state FROM outcome
                UNION ALL
                SELECT job.queue, job.kind, place.state
                FROM (
                    SELECT id, 2 AS state FROM ready
                    UNION ALL SELECT id, 3 FROM running
                    UNION ALL SELECT id, state FROM waiting
                ) AS place
                JOIN job ON job.id = place.id
            )
            GROUP BY queue, kind, state
            """);
    }

    private void SetAtLeast(string name, long value) =>
        _db.Run("""
            INSERT INTO setting (name, value)
            VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE
            SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))
            """, name, value.ToString());

    private void Write(Action body)
    {
        _db.Run("BEGIN IMMEDIATE");
        try
        {
            body();
            _db.Run("COMMIT");
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    private void Rollback()
    {
        try
        {
            _db.Run("ROLLBACK");
        }
        catch (Exception error) when (error is InvalidOperationException or StorageException)
        {
            // SQLite has rolled back by itself (full disk, I/O error): no transaction is left.
        }
    }

    private long Setting(string name)
    {
        using var rows = _db.Query("SELECT value FROM setting WHERE name = ?1", name);
        return rows.Next() ? long.Parse(rows.Text(0)) : 0;
    }

    private long Number(string sql)
    {
        using var rows = _db.Query(sql);
        return rows.Next() ? rows.Int64(0) : 0;
    }

    private void Close()
    {
        _db.Dispose();
        _owner.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }
}
