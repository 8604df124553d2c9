using Microsoft.Extensions.DependencyInjection;
using Rota.Sqlite;
using Rota.Storage;

namespace Rota;

public static class SqliteServices
{
    /// <summary>Keeps everything in one SQLite file.</summary>
    /// <param name="path">Made when it is missing; only one process may own it at a time.</param>
    public static void UseSqlite(this RotaOptions options, string path) => options.UseStore(services =>
    {
        services.AddSingleton(provider => new SqliteDatabase(path, provider.GetRequiredService<StoreSignals>()));
        services.AddSingleton<IJobStore>(With((writer, readers) => new SqliteJobs(writer, readers)));
        services.AddSingleton<IFlowStore>(With((_, readers) => new SqliteFlows(readers)));
        services.AddSingleton<IAttemptStore>(With((writer, readers) => new SqliteAttempts(writer, readers)));
        services.AddSingleton<IQueueStore>(With((writer, readers) => new SqliteQueues(writer, readers)));
        services.AddSingleton<INodeStore>(With((writer, readers) => new SqliteNodes(writer, readers)));
        services.AddSingleton<IMemoryStore>(With((writer, readers) => new SqliteMemory(writer, readers)));
        services.AddSingleton<IScheduleStore>(With((writer, readers) => new SqliteSchedules(writer, readers)));
        services.AddSingleton<ISecretStore>(With((writer, readers) => new SqliteSecrets(writer, readers)));
        services.AddSingleton<IAccessStore>(With((writer, readers) => new SqliteAccess(writer, readers)));
        services.AddSingleton<IHealthStore>(With((writer, readers) => new SqliteHealth(writer, readers)));
    });

    private static Func<IServiceProvider, T> With<T>(Func<SqliteWriter, SqliteReaders, T> create) => provider =>
    {
        var database = provider.GetRequiredService<SqliteDatabase>();
        return create(database.Writer, database.Readers);
    };
}
