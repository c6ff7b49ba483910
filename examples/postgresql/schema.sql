-- A small shop, to try the example with.
CREATE TABLE customers (id integer PRIMARY KEY, mail text, first_name text);
CREATE TABLE orders (
    number text PRIMARY KEY, branch text, customer_id integer REFERENCES customers, total numeric(12, 2),
    created_at timestamptz, updated_at timestamptz
);
CREATE TABLE items (
    order_number text REFERENCES orders, sku text, name text, quantity integer, price numeric(12, 2)
);
INSERT INTO customers VALUES (1, 'Ana@Example.com', 'Ana'), (2, 'lia@example.com', 'Lia');
INSERT INTO orders VALUES
    ('F-1', 'Centro', 1, 28.50, '2026-03-01 10:00-03', '2026-03-01 10:00-03'),
    ('F-2', 'Norte', 2, 30.50, '2026-03-02 11:00-03', '2026-03-02 11:00-03');
INSERT INTO items VALUES
    ('F-1', 'TAZA-1', 'Taza', 2, 9.50), ('F-1', 'GORRO-2', 'Gorro', 1, 9.50), ('F-2', 'REM-3', 'Remera', 1, 30.50);
