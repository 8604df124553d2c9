using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Storage;

namespace Rota.Commands;

/// <summary><c>rota work</c>: the worker and the scheduler without web.</summary>
/// <remarks>One process owns an SQLite file, so beside a server there is nothing to work on: that is said, not tried.
/// </remarks>
internal static class WorkCommand
{
    public static Command Create(Globals globals)
    {
        var options = new HostOptions();
        return globals.Client("work", "Run jobs without the API: on PostgreSQL, on as many hosts as wanted",
            async (session, stop) =>
            {
                var settings = options.Read(session);
                ServeCommand.Warn(session.Terminal, settings);
                using var telemetry = new Telemetry(session.Terminal, settings);
                var builder = Host.CreateEmptyApplicationBuilder(
                    new HostApplicationBuilderSettings { ApplicationName = "rota" });
                builder.Logging.AddLogs(settings, LogLevel.Information);
                builder.Services.AddRotaParts(settings, allowLoopback: false);
                using var host = builder.Build();
                Open(host.Services, settings);
                await host.StartAsync(stop);
                var died = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop, died);
                await Task.Delay(Timeout.InfiniteTimeSpan, session.Terminal.Clock, ended.Token)
                    .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None,
                        TaskScheduler.Default);
                await host.StopAsync(CancellationToken.None);
                return stop.IsCancellationRequested ? ExitCode.Ok : ExitCode.Failed;
            }, [.. options.All.Where(option => option.Name is not "--urls" and not "--port")]);
    }

    private static void Open(IServiceProvider services, Settings settings)
    {
        try
        {
            services.GetRequiredService<IHealthStore>();
        }
        catch (StorageException error) when (error.Code == "storage.owned")
        {
            throw new StorageException(error.Code,
                $"Another Rota process owns {settings.Database}, and an SQLite file has one owner.",
                "Raise that server's Workers:Concurrency instead; for workers on other nodes use PostgreSQL.", error);
        }
    }
}
