using Microsoft.Extensions.DependencyInjection;

namespace Rota.Web.Supervisors;

internal static class SupervisorServices
{
    public static void AddSupervisors(this IServiceCollection services)
    {
        services.AddSingleton<SupervisorList>();
        services.AddSingleton<ProcessUsage>();
        services.AddSingleton<SupervisorOperations>();
        services.AddSingleton<ConfigOperations>();
        services.AddHostedService<SupervisorWatcher>();
    }
}
