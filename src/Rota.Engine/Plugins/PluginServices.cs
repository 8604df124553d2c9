using Microsoft.Extensions.DependencyInjection;
using Rota.Plugins;

namespace Rota;

public static class PluginServices
{
    /// <summary>Runs the plug-ins that stand in a folder, and follows its changes.</summary>
    public static RotaBuilder AddPlugins(this RotaBuilder builder, Action<PluginOptions>? configure = null)
    {
        builder.Services.AddOptions<PluginOptions>()
            .Configure(options => configure?.Invoke(options))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<PluginManager>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<PluginManager>());
        return builder.AddIntegrations();
    }
}
