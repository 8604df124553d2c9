using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rota.Access;
using Rota.Storage;
using Rota.Web;
using Rota.Workers;

namespace Rota.Commands;

/// <summary>The API, the scheduler and the worker in this process, from start to stop.</summary>
/// <remarks>Order: open the database, which only one process can; write the local token, so that whoever sees the
/// server
/// ready can use it; listen; write the address. A clean stop takes both files away.</remarks>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DataFiles _files;
    private readonly Telemetry _telemetry;

    private RunningServer(Terminal terminal, Settings settings, LogLevel consoleFrom, bool allowLoopback)
    {
        _files = new DataFiles(settings.DataFolder);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            ApplicationName = "rota",
        });
        builder.Logging.AddLogs(settings, consoleFrom);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false)
            .UseUrls([.. settings.Urls.Select(url => url.GetLeftPart(UriPartial.Authority))]);
        builder.Services.AddRotaParts(settings, allowLoopback);
        builder.Services.AddRouting();
        builder.Services.AddRotaWeb(web =>
        {
            settings.Apply(WebOptions.Section, web);
            foreach (var supervisor in settings.Supervisors)
                web.Supervisors.Add(supervisor);
        });
        _app = builder.Build();
        _app.MapRotaWeb();
        _telemetry = new Telemetry(terminal, settings);
    }

    public IServiceProvider Services => _app.Services;

    /// <summary>As commands reach it from this machine.</summary>
    public Uri Address { get; private set; } = new(ServerFinder.DefaultAddress);

    /// <summary>Of the first set-up; null when there is an administrator.</summary>
    public string? SetupCode { get; private set; }

    /// <param name="allowLoopback">Integrations may call this machine.</param>
    public static async Task<RunningServer> StartAsync(
        Terminal terminal, Settings settings, LogLevel consoleFrom, bool allowLoopback, CancellationToken stop)
    {
        PrepareFolder(settings.DataFolder);
        foreach (var url in settings.Urls)
            CheckFree(url);
        var server = new RunningServer(terminal, settings, consoleFrom, allowLoopback);
        try
        {
            await server.StartAsync(settings, stop);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private async Task StartAsync(Settings settings, CancellationToken stop)
    {
        _app.Services.GetRequiredService<IHealthStore>(); // opens the database
        var access = _app.Services.GetRequiredService<AccessOperations>();
        SetupCode = await access.StartAsync(settings.AdminPassword, stop);
        if (SetupCode is not null && !settings.IsLoopback)
        {
            throw new SettingsException([new(
                $"ROTA_URLS is {string.Join(';', settings.Urls)}, which others can reach, "
                + "and there is no administrator yet.",
                "Set ROTA_ADMIN_PASSWORD, or start once with --urls http://127.0.0.1:8600 and make one there.")]);
        }
        var node = _app.Services.GetRequiredService<IOptions<WorkerOptions>>().Value.Node;
        _files.WriteToken(await access.CreateLocalAsync(node, stop));
        await ListenAsync(settings, stop);
        _files.WriteAddress(Address.GetLeftPart(UriPartial.Authority));
    }

    private async Task ListenAsync(Settings settings, CancellationToken stop)
    {
        try
        {
            await _app.StartAsync(stop);
        }
        catch (IOException error)
        {
            throw Taken(string.Join(", ", settings.Urls), error.InnerException ?? error);
        }
        var bound = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Address = Reachable(new Uri(bound.First()));
    }

    /// <summary>Says that an address is taken before plug-ins are compiled and jobs are run for nothing.</summary>
    private static void CheckFree(Uri url)
    {
        if (url.Port == 0 || !IPAddress.TryParse(url.IsLoopback ? "127.0.0.1" : url.Host.Trim('[', ']'), out var ip))
            return;
        try
        {
            using var listener = new TcpListener(ip, url.Port);
            listener.Start();
        }
        catch (SocketException error)
        {
            throw Taken(url.GetLeftPart(UriPartial.Authority), error);
        }
    }

    private static ConflictException Taken(string address, Exception error) => new("server.address_taken",
        $"Rota cannot listen at {address}: {error.Message}",
        "Stop what listens there, or choose another address with --port.");

    /// <summary>All addresses of the machine are reached at its loopback too.</summary>
    private static Uri Reachable(Uri bound) =>
        IPAddress.TryParse(bound.Host.Trim('[', ']'), out var ip)
            && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
            ? new UriBuilder(bound) { Host = "127.0.0.1" }.Uri
            : bound;

    private static void PrepareFolder(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
                return;
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder,
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageException("storage.cannot_open",
                $"The data folder {folder} cannot be made: {error.Message}",
                "Choose another one with --data or ROTA_DATA.", error);
        }
    }

    /// <summary>Returns when the process is asked to stop, or a loop of the server died.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitAsync(CancellationToken stop)
    {
        var lifetime = _app.Services.GetRequiredService<IHostApplicationLifetime>();
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var asked = stop.Register(() => ended.TrySetResult(ExitCode.Ok));
        await using var died = lifetime.ApplicationStopping.Register(() => ended.TrySetResult(ExitCode.Failed));
        return await ended.Task;
    }

    /// <summary>Drains and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_app.Lifetime.ApplicationStarted.IsCancellationRequested)
        {
            await _app.StopAsync(CancellationToken.None);
            _files.Remove();
        }
        await _app.DisposeAsync();
        _telemetry.Dispose();
    }
}
