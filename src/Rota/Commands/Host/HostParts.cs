using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Rota.Integrations;
using Rota.Jobs;
using Rota.Workers;

namespace Rota.Commands;

/// <summary>What `serve`, `up` and `work` have in common: the engine as it was configured.</summary>
internal static class HostParts
{
    public const string CompileVerb = "compile-plugin";

    /// <param name="allowLoopback">Integrations may call this machine, as the demonstration does.</param>
    public static void AddRotaParts(this IServiceCollection services, Settings settings, bool allowLoopback)
    {
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.AddRota(options =>
        {
            if (settings.IsPostgres)
                options.UsePostgres(settings.Database);
            else
                options.UseSqlite(settings.Database);
            options.KeyPath = settings.KeyPath;
            settings.Apply(WorkerOptions.Section, options.Workers);
            settings.Apply(RetentionOptions.Section, options.Retention);
        })
        .AddBuiltIns(integrations => Apply(integrations, settings, allowLoopback),
            shell => settings.Apply(ShellOptions.Section, shell))
        .AddPlugins(plugins =>
        {
            plugins.Folder = settings.PluginFolder;
            plugins.CacheFolder = Path.Combine(settings.DataFolder, "plugin-cache");
            plugins.Compiler = OwnProgram();
        });
    }

    private static void Apply(IntegrationOptions integrations, Settings settings, bool allowLoopback)
    {
        settings.Apply(IntegrationOptions.Section, integrations);
        if (!allowLoopback)
            return;
        integrations.AllowedHosts.Add("127.0.0.0/8");
        integrations.AllowedHosts.Add("::1/128");
    }

    /// <summary>How this program is started again to compile a plug-in.</summary>
    private static IList<string> OwnProgram()
    {
        var program = Environment.ProcessPath!; // known of every process that was started from a file
        var assembly = Path.Combine(AppContext.BaseDirectory, "rota.dll");
        return Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [program, assembly, CompileVerb]
            : [program, CompileVerb];
    }
}

/// <summary>Signals are Program's own affair, for all commands alike.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
