package dev.keystile.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.sql.DataSource;

/** A data source that shows a test each statement as it is run, and each commit. */
final class WatchedDataSource {

    private static final Set<String> RUNS = Set.of("execute", "executeQuery", "executeUpdate", "executeBatch");

    private WatchedDataSource() {}

    /** Sees what is run; whatever it throws is thrown in its place. */
    interface Watcher {
        void before(Call call) throws SQLException;

        void after(Call call) throws SQLException;
    }

    /**
     * What is run.
     *
     * @param sql        the statement, or {@code COMMIT}
     * @param parameters what its question marks stand for, by place
     * @param connection the real one
     */
    record Call(String sql, Map<Integer, Object> parameters, Connection connection) {}

    static DataSource over(DataSource dataSource, Watcher watcher) {
        return new ConnectingDataSource(() -> connection(dataSource.getConnection(), watcher));
    }

    private static Connection connection(Connection real, Watcher watcher) {
        return proxy(Connection.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "commit" -> watched(watcher, new Call("COMMIT", Map.of(), real), () -> method.invoke(real, arguments));
            case "prepareStatement" ->
                statement(
                        PreparedStatement.class,
                        (PreparedStatement) method.invoke(real, arguments),
                        (String) arguments[0],
                        real,
                        watcher);
            case "createStatement" ->
                statement(Statement.class, (Statement) method.invoke(real, arguments), "", real, watcher);
            default -> method.invoke(real, arguments);
        });
    }

    private static <T extends Statement> T statement(
            Class<T> type, T real, String prepared, Connection connection, Watcher watcher) {
        Map<Integer, Object> parameters = new TreeMap<>();
        return proxy(type, (proxy, method, arguments) -> {
            if (method.getName().startsWith("set") && arguments != null && arguments.length == 2) {
                parameters.put((Integer) arguments[0], arguments[1]);
            }
            if (!RUNS.contains(method.getName())) {
                return method.invoke(real, arguments);
            }
            String sql = arguments == null ? prepared : (String) arguments[0];
            return watched(watcher, new Call(sql, parameters, connection), () -> method.invoke(real, arguments));
        });
    }

    /** What is run. */
    private interface Run {
        Object run() throws Throwable;
    }

    private static Object watched(Watcher watcher, Call call, Run run) throws Throwable {
        watcher.before(call);
        Object result = run.run();
        watcher.after(call);
        return result;
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(
                WatchedDataSource.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    try {
                        return handler.invoke(proxy, method, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getTargetException();
                    }
                }));
    }
}
