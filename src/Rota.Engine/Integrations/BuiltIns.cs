using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rota.Events;
using Rota.Integrations;

namespace Rota;

public static class BuiltIns
{
    /// <summary>Adds the kinds <c>http.request</c>, <c>webhook.send</c> and <c>shell.run</c>; the last one refuses
    /// until <see cref="ShellOptions.IsEnabled"/> is set.</summary>
    public static RotaBuilder AddBuiltIns(
        this RotaBuilder builder, Action<IntegrationOptions>? integrations = null, Action<ShellOptions>? shell = null)
    {
        builder.Services.AddOptions<ShellOptions>().Configure(options => shell?.Invoke(options));
        return builder.AddIntegrations(integrations).AddHandler<HttpRequestHandler>()
            .AddHandler<WebhookSendHandler>().AddHandler<ShellRunHandler>();
    }

    /// <summary>Lets handlers take <see cref="IntegrationClient"/>s. Built-ins and plug-ins bring it with
    /// them.</summary>
    public static RotaBuilder AddIntegrations(this RotaBuilder builder, Action<IntegrationOptions>? configure = null)
    {
        builder.Services.AddOptions<IntegrationOptions>()
            .Configure(options => configure?.Invoke(options))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.TryAddSingleton<IntegrationHttp, GuardedHttp>();
        return builder;
    }
}
