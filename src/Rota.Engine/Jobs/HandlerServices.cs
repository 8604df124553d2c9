using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Rota.Jobs;

/// <summary>What a handler's constructor may ask for: the services of the attempt's scope, and integration clients,
/// which need no registration.</summary>
/// <remarks>The container remembers for ever every type that it was asked for, so it is never asked for a type of a
/// plug-in: that would keep the plug-in in memory after its unloading.</remarks>
internal sealed class HandlerServices(IServiceProvider scope) : IKeyedServiceProvider
{
    public object? GetService(Type serviceType)
    {
        if (!serviceType.IsCollectible && scope.GetService(serviceType) is { } service)
            return service;
        if (serviceType.IsSubclassOf(typeof(IntegrationClient)) && !serviceType.IsAbstract)
            return ActivatorUtilities.CreateInstance(this, serviceType);
        if (serviceType.IsGenericType && serviceType.GetGenericTypeDefinition() == typeof(ILogger<>))
        {
            var logger = typeof(Logger<>).MakeGenericType(serviceType.GetGenericArguments());
            return Activator.CreateInstance(logger, scope.GetRequiredService<ILoggerFactory>());
        }
        return null;
    }

    public object? GetKeyedService(Type serviceType, object? serviceKey) =>
        serviceType.IsCollectible ? null : (scope as IKeyedServiceProvider)?.GetKeyedService(serviceType, serviceKey);

    public object GetRequiredKeyedService(Type serviceType, object? serviceKey) =>
        GetKeyedService(serviceType, serviceKey)
        ?? throw new InvalidOperationException($"No service {serviceType} has the key '{serviceKey}'.");
}
