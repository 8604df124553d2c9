using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Rota.Plugins;
using Rota.Schedules;
using Rota.Secrets;

namespace Rota.Tests.Plugins;

/// <summary>A whole Rota on a database and folders of its own.</summary>
internal sealed class TestRota : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly IHost _host;

    private TestRota(IHost host, TempFolder folder)
    {
        _host = host;
        Folder = folder;
    }

    public TempFolder Folder { get; }

    public PluginManager Plugins => _host.Services.GetRequiredService<PluginManager>();

    public JobOperations Jobs => _host.Services.GetRequiredService<JobOperations>();

    public static async Task<TestRota> StartAsync(Action<RotaBuilder>? add = null, Action<TempFolder>? prepare = null)
    {
        var folder = new TempFolder();
        prepare?.Invoke(folder);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        var rota = builder.Services
            .AddRota(options =>
            {
                options.UseSqlite(folder.PathOf("rota.db"));
                options.KeyPath = folder.PathOf("fernet.key");
                options.Workers.Drain = TimeSpan.Zero;
            })
            .AddPlugins(options => options.Folder = folder.PathOf("plugins"));
        add?.Invoke(rota);
        var host = builder.Build();
        await host.StartAsync();
        return new TestRota(host, folder);
    }

    public Task SetSecretAsync(string name, string value) =>
        _host.Services.GetRequiredService<SecretOperations>().SetAsync(name, value, CancellationToken.None);

    public async Task<JobId> EnqueueAsync(string kind, object args, JobOptions? options = null) =>
        (await _host.Services.GetRequiredService<IJobClient>()
            .EnqueueAsync(kind, JsonSerializer.SerializeToElement(args), options)).Id;

    /// <summary>Makes a schedule and runs it now.</summary>
    public async Task<JobId> RunScheduleAsync(ScheduleDefinition schedule)
    {
        var schedules = _host.Services.GetRequiredService<ScheduleOperations>();
        await schedules.PutAsync(schedule, "ann", CancellationToken.None);
        return (await schedules.RunAsync(schedule.Name, CancellationToken.None)).Id;
    }

    /// <summary>Enqueues with one attempt only and waits for its end.</summary>
    public async Task<Job> RunAsync(string kind, object args, JobOptions? options = null) =>
        await EndOfAsync(await EnqueueAsync(kind, args, (options ?? new JobOptions()) with { MaxAttempts = 1 }));

    public async Task<Job> EndOfAsync(JobId id)
    {
        Job? job = null;
        await UntilAsync(async () => (job = await Jobs.GetAsync(id, CancellationToken.None)).State.IsFinal);
        return job!;
    }

    public async Task<string> LogOfAsync(JobId id) => string.Join('\n',
        (await Jobs.LogAsync(id, token: null, after: null, 1_000, CancellationToken.None))
            .Select(line => $"{line.Level} {line.Text}"));

    /// <summary>Waits for a state of the plug-ins.</summary>
    public Task UntilPluginAsync(string name, Func<PluginInfo, bool> fits) => PluginWait.UntilAsync(Plugins,
        all => all.FirstOrDefault(plugin => plugin.Name == name) is { } plugin && fits(plugin));

    public static async Task UntilAsync(Func<Task<bool>> isTrue)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        using var deadline = new CancellationTokenSource(Deadline);
        while (!await isTrue())
            await timer.WaitForNextTickAsync(deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        Folder.Dispose();
    }
}

internal static class PluginWait
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static async Task UntilAsync(PluginManager plugins, Func<IReadOnlyList<PluginInfo>, bool> fits)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!fits(plugins.All))
            await plugins.NextLook.WaitAsync(deadline.Token);
    }
}

internal sealed class TempFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("rota-test-").FullName;

    public string PathOf(string name) => Path.Combine(_path, name);

    public void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), text);
    }

    /// <summary>Puts the plug-ins of the repository into the plug-ins folder.</summary>
    public void CopySamples()
    {
        var repository = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(repository, "Rota.slnx")))
            repository = Path.GetDirectoryName(repository)!;
        var plugins = Path.Combine(repository, "plugins");
        foreach (var file in Directory.GetFiles(plugins, "*.cs", SearchOption.AllDirectories))
            Write(Path.GetRelativePath(repository, file), File.ReadAllText(file));
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
