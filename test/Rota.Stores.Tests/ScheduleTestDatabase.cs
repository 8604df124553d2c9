using Rota.Sqlite;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>A SQLite file of its own in a folder that goes with it.</summary>
public sealed class ScheduleTestDatabase : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rota-schedules-").FullName;
    private readonly SqliteDatabase _database;

    public ScheduleTestDatabase()
    {
        _database = new SqliteDatabase(Path.Combine(_folder, "rota.db"), Signals);
        Schedules = new SqliteSchedules(_database.Writer, _database.Readers);
        Jobs = new SqliteJobs(_database.Writer, _database.Readers);
        Secrets = new SqliteSecrets(_database.Writer, _database.Readers);
    }

    public StoreSignals Signals { get; } = new();

    public IScheduleStore Schedules { get; }

    public IJobStore Jobs { get; }

    public ISecretStore Secrets { get; }

    /// <summary>Writes what no caller could: rows that are damaged.</summary>
    public Task RunSqlAsync(string sql) =>
        _database.Writer.RunAsync(session => session.Db.Execute(sql), CancellationToken.None);

    public void Dispose()
    {
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
