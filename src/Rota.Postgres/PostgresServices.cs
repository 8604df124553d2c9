using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rota.Postgres;
using Rota.Storage;

namespace Rota;

public static class PostgresServices
{
    /// <summary>Keeps everything in a PostgreSQL database, which any number of nodes may share.</summary>
    /// <param name="url"><c>postgres://USER:PASSWORD@HOST:5432/DATABASE</c>, with <c>?schema=NAME</c> for another
    /// schema than <c>rota</c>. Every other parameter is one of Npgsql's connection string.</param>
    public static void UsePostgres(this RotaOptions options, string url) => options.UseStore(services =>
    {
        services.AddSingleton(provider => Open(url, provider.GetRequiredService<StoreSignals>()));
        services.TryAddSingleton<TimeProvider>(provider => provider.GetRequiredService<PostgresDatabase>().Clock);
        services.AddSingleton<IJobStore>(With(database => new PostgresJobs(database)));
        services.AddSingleton<IFlowStore>(With(database => new PostgresFlows(database)));
        services.AddSingleton<IAttemptStore>(With(database => new PostgresAttempts(database)));
        services.AddSingleton<IQueueStore>(With(database => new PostgresQueues(database)));
        services.AddSingleton<INodeStore>(With(database => new PostgresNodes(database)));
        services.AddSingleton<IMemoryStore>(With(database => new PostgresMemory(database)));
        services.AddSingleton<IScheduleStore>(With(database => new PostgresSchedules(database)));
        services.AddSingleton<ISecretStore>(With(database => new PostgresSecrets(database)));
        services.AddSingleton<IAccessStore>(With(database => new PostgresAccess(database)));
        services.AddSingleton<IHealthStore>(With(database => new PostgresHealth(database)));
    });

    private static Func<IServiceProvider, T> With<T>(Func<PostgresDatabase, T> create) =>
        provider => create(provider.GetRequiredService<PostgresDatabase>());

    // A container makes its services without waiting; this one is made once, before anything else runs.
    private static PostgresDatabase Open(string url, StoreSignals signals) =>
        Task.Run(() => PostgresDatabase.OpenAsync(url, signals, CancellationToken.None)).GetAwaiter().GetResult();
}
